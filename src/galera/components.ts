/** What hangs together by the edges: groups of the nodes, in their order. */
export function componentsOf(
  nodes: readonly string[],
  edges: readonly (readonly [string, string])[],
): string[][] {
  const group = new Map(nodes.map((node) => [node, [node]]))
  for (const [a, b] of edges) {
    const [one, other] = [group.get(a), group.get(b)]
    if (one === undefined || other === undefined || one === other) continue
    one.push(...other)
    for (const node of other) group.set(node, one)
  }
  return [...new Set(group.values())].map((members) => {
    const inside = new Set(members)
    return nodes.filter((node) => inside.has(node))
  })
}
