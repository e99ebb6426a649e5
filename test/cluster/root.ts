/** Where everything of the cluster is: the lab's own /run, a tmpfs that vanishes with the lab. */
export const ROOT = '/run/cluster'
/** Programs that stand before the system's own in the nodes' PATH. */
export const BIN = `${ROOT}/bin`
