/** What a terminal acts on, hides or reorders text by. */
export const ATTACKS = [
  '\x1b[2J',
  '\x1b]0;owned\x07',
  '\x1b]52;c;aWQK\x07',
  '\r',
  '\n',
  '\x08',
  '\x9b31m',
  '\u202e',
  '\u200b',
  '\u2028',
]

/** The same report with every string attacked, but for those whose values are a closed list. */
export function attack(value: unknown, by: string, key = ''): unknown {
  const closedList = [
    'status',
    'reason',
    'proof',
    'blockedAt',
    'protocol',
    'kind',
    'method',
    'outcome',
    'severity',
    'backend',
    'why',
  ]
  if (typeof value === 'string') return closedList.includes(key) ? value : `${value}${by}x`
  if (Array.isArray(value)) return value.map((inner) => attack(inner, by, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, attack(inner, by, name)]))
}
