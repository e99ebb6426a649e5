/** Loopback, and the bridges behind which a host keeps its own containers and machines, by the names their makers give. */
const INNER = /^(lo|docker\d+|docker_gwbridge|br-[0-9a-f]{12}|virbr\d+|cni\d+|podman\d+|lxcbr\d+|lxdbr\d+)$/

/** No packet between hosts comes in or goes out there, so an interface that is not known is none of these. */
export function isInner(name: string): boolean {
  return INNER.test(name)
}

/** The same for a name with a wildcard at its end. */
export function isInnerPrefix(prefix: string): boolean {
  return ['lo', 'docker', 'br-', 'virbr', 'cni', 'podman', 'lxcbr', 'lxdbr'].includes(prefix)
}
