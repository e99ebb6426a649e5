/** Why a node could not be asked: one code per stage that can fail, and the sentence that says what to do. */

export type SessionFailureCode =
  | 'command-not-found'
  | 'ssh-name-not-resolved'
  | 'ssh-refused'
  | 'ssh-timeout'
  | 'ssh-no-route'
  | 'ssh-host-key'
  | 'ssh-permission-denied'
  | 'ssh-failed'
  | 'prefix-failed'
  | 'sudo-refused'
  | 'python-missing'
  | 'python-too-old'
  | 'agent-garbage'
  | 'agent-version'
  | 'agent-crashed'
  | 'agent-silent'
  | 'session-lost'
  | 'cancelled'

export interface SessionFailure {
  readonly code: SessionFailureCode
  /** What the far end said, as it said it: untrusted. */
  readonly detail: string
}

/** What the user should do, by code. `node` is the node's name. */
const SENTENCES: Record<SessionFailureCode, (node: string) => string> = {
  'command-not-found': () =>
    'the command that should reach it does not exist on this host; check --via and PATH',
  'ssh-name-not-resolved': (node) =>
    `ssh could not resolve its name; check the spelling, or give the address as --nodes ${node}=ADDRESS`,
  'ssh-refused': () => 'its ssh port refused the connection; start sshd, or name the port in ~/.ssh/config',
  'ssh-timeout': () =>
    'ssh got no answer in time; check that the host is up and that port 22 is open from here, or raise --connect-timeout',
  'ssh-no-route': () => 'ssh found no way to it; check the address, the route and the firewall for port 22',
  'ssh-host-key': (node) =>
    `its ssh host key is not the known one; run "ssh ${node}" once by hand and verify the key before you accept it`,
  'ssh-permission-denied': (node) =>
    `ssh refused the login; "ssh ${node} true" must work without a password (ssh-copy-id, ssh-agent, or --user NAME)`,
  'ssh-failed': (node) => `ssh failed; try "ssh ${node} true" by hand`,
  'prefix-failed': () =>
    'the --via command failed before the agent started; run it by hand with "true" behind it',
  'sudo-refused': () =>
    'sudo -n was refused there; allow it without a password for this user, or leave --become out',
  'python-missing': () => 'no Python was found there; install python3 (3.6 or newer), nothing else is needed',
  'python-too-old': () => 'its Python is too old; install python3 3.6 or newer, nothing else is needed',
  'agent-garbage': () =>
    'it answered something that is not the agent; check that --via runs its command unchanged, and what the login shell prints',
  'agent-version': () => 'the agent speaks another protocol version; this is a defect, please report it',
  'agent-crashed': () => 'the agent crashed there; this is a defect, please report it with the lines above',
  'agent-silent': () =>
    'the agent did not answer in time; the host may be overloaded: try again or raise --deadline',
  'session-lost': () => 'the session broke off; the host or its network may have gone down: try again',
  cancelled: () => 'interrupted before it answered',
}

export function describeFailure(node: string, failure: SessionFailure): string {
  const said = failure.detail.trim()
  const sentence = SENTENCES[failure.code](node)
  return said === '' ? sentence : `${sentence} (it said: ${lastLine(said)})`
}

function lastLine(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return (lines.at(-1) ?? '').slice(0, 300)
}

/** OpenSSH has one exit status, 255, for all its own failures; only its words tell them apart. */
const SSH_WORDS: readonly (readonly [RegExp, SessionFailureCode])[] = [
  [/Could not resolve hostname/i, 'ssh-name-not-resolved'],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known/i,
    'ssh-host-key',
  ],
  [
    /Permission denied|Too many authentication failures|no more authentication methods/i,
    'ssh-permission-denied',
  ],
  [/Connection refused/i, 'ssh-refused'],
  [/timed out/i, 'ssh-timeout'],
  [/No route to host|Network is unreachable/i, 'ssh-no-route'],
]

export interface Ending {
  readonly transport: 'ssh' | 'local' | 'prefix'
  readonly exitCode: number | null
  readonly stderr: string
  /** The remote shell announced itself: the way to the node works. */
  readonly shellStarted: boolean
  readonly agentStarted: boolean
  /** Something else was on stdout. */
  readonly stdout: string
  readonly become: boolean
}

/** Names the stage at which a session ended before or while it was used. */
export function classifyEnding(ending: Ending): SessionFailure {
  const detail = ending.stderr || ending.stdout
  const as = (code: SessionFailureCode): SessionFailure => ({ code, detail })
  if (ending.agentStarted) return as('session-lost')
  if (ending.shellStarted) {
    if (ending.exitCode === 97) return as('python-missing')
    if (ending.exitCode === 98) return as('python-too-old')
    // By its words too: sudo and a Python that dies at once both end with 1.
    if (ending.become && /sudo/i.test(ending.stderr)) return as('sudo-refused')
    if (ending.exitCode === 0) return as('agent-garbage')
    return as('agent-crashed')
  }
  if (ending.transport === 'ssh' && ending.exitCode === 255) {
    const known = SSH_WORDS.find(([words]) => words.test(ending.stderr))
    return as(known ? known[1] : 'ssh-failed')
  }
  if (ending.stdout.trim() !== '') return as('agent-garbage')
  return as(ending.transport === 'ssh' ? 'ssh-failed' : 'prefix-failed')
}
