/** Kleene's three-valued logic: a match that a dump does not let us decide is `maybe`, never a guess. */
export type Tri = 'yes' | 'no' | 'maybe'

export function and(a: Tri, b: Tri): Tri {
  if (a === 'no' || b === 'no') return 'no'
  return a === 'yes' && b === 'yes' ? 'yes' : 'maybe'
}

export function or(a: Tri, b: Tri): Tri {
  return not(and(not(a), not(b)))
}

export function not(a: Tri): Tri {
  if (a === 'maybe') return 'maybe'
  return a === 'yes' ? 'no' : 'yes'
}

export function known(value: boolean): Tri {
  return value ? 'yes' : 'no'
}
