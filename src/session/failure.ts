import { EXIT_NO_PYTHON, EXIT_OLD_PYTHON } from '../agent/bootstrap.ts'

/** Why a node could not be asked: one code per stage that can fail, and the sentence that says what to do. */

export type SessionFailureCode =
  | 'command-not-found'
  | 'no-resources'
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

/** What the user should do, by code: a sentence without its full stop. `node` is the node's name. */
const SENTENCES: Record<SessionFailureCode, (node: string, option: string) => string> = {
  'command-not-found': (node) =>
    `the command that should reach ${node} cannot be run on this host; check --via and PATH`,
  'no-resources': (node) =>
    `this host could not start one more process, for ${node}; raise its limits (ulimit -n, ulimit -u) or check fewer nodes at once`,
  'ssh-name-not-resolved': (node, option) =>
    `ssh could not resolve the name ${node}; check the spelling, or give the address as ${option} ${node}=ADDRESS`,
  'ssh-refused': (node) =>
    `the ssh port of ${node} refused the connection; start sshd there, or name the port in ~/.ssh/config`,
  'ssh-timeout': (node) =>
    `ssh got no answer from ${node} in time; check that the host is up and that port 22 is open from here, or raise --connect-timeout`,
  'ssh-no-route': (node) =>
    `ssh found no way to ${node}; check the address, the route and the firewall for port 22`,
  'ssh-host-key': (node) =>
    `the ssh host key of ${node} is not the known one; run "ssh ${node}" once by hand and verify the key before you accept it`,
  'ssh-permission-denied': (node) =>
    `ssh to ${node} was refused the login; "ssh ${node} true" must work without a password (ssh-copy-id, ssh-agent, or --user NAME)`,
  'ssh-failed': (node) => `ssh to ${node} failed; try "ssh ${node} true" by hand`,
  'prefix-failed': (node) =>
    `the --via command for ${node} failed before the agent started; run it by hand with "true" behind it`,
  'sudo-refused': (node) =>
    `sudo -n was refused on ${node}; allow it without a password for this user, or leave --become out`,
  'python-missing': (node) =>
    `no Python was found on ${node}; install python3 (3.6 or newer), nothing else is needed`,
  'python-too-old': (node) =>
    `the Python of ${node} is too old; install python3 3.6 or newer, nothing else is needed`,
  'agent-garbage': (node) =>
    `${node} answered something that is not the agent; check that --via runs its command unchanged, and what the login shell prints`,
  'agent-version': (node) =>
    `the agent on ${node} speaks another protocol version; this is a defect, please report it`,
  'agent-crashed': (node) =>
    `the agent crashed on ${node}; this is a defect, please report it with the lines above`,
  'agent-silent': (node) =>
    `the agent on ${node} did not answer in time; the host may be overloaded: try again or raise --deadline`,
  'session-lost': (node) =>
    `the session with ${node} broke off; the host or its network may have gone down: try again`,
  cancelled: (node) => `interrupted before ${node} answered`,
}

/** One sentence with its full stop, lower case at its beginning. `option`: by which the node was given. */
export function describeFailure(node: string, failure: SessionFailure, option = '--nodes'): string {
  const said = failure.detail.trim()
  const sentence = SENTENCES[failure.code](node, option)
  return said === '' ? `${sentence}.` : `${sentence} (it said: ${lastLine(said)}).`
}

function lastLine(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  // Its own full stop would stand within our sentence.
  return (lines.at(-1) ?? '').trim().slice(0, 300).replace(/\.$/, '')
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
  [/timed out|not responding/i, 'ssh-timeout'],
  [/No route to host|Network is unreachable|Host is down/i, 'ssh-no-route'],
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

/** The command could not even be started, with this errno. */
export function startFailure(command: string, errno: string): SessionFailure {
  const missing = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC'].includes(errno)
  return { code: missing ? 'command-not-found' : 'no-resources', detail: `${command}: ${errno}` }
}

/** Names the stage at which a session ended before or while it was used. */
export function classifyEnding(ending: Ending): SessionFailure {
  const detail = ending.stderr || ending.stdout
  const as = (code: SessionFailureCode): SessionFailure => ({ code, detail })
  if (ending.agentStarted) return as('session-lost')
  const sshFailed = ending.transport === 'ssh' && ending.exitCode === 255
  if (ending.shellStarted) {
    if (ending.exitCode === EXIT_NO_PYTHON) return as('python-missing')
    if (ending.exitCode === EXIT_OLD_PYTHON) return as('python-too-old')
    // The way to the node worked and broke: ssh lost its connection, or the client was killed.
    if (sshFailed || ending.exitCode === null) return as('session-lost')
    // By its words too: sudo and a Python that dies at once both end with 1.
    if (ending.become && /sudo/i.test(ending.stderr)) return as('sudo-refused')
    if (ending.exitCode === 0) return as('agent-garbage')
    // The shell could not run what it had found: a Python that this user may not execute.
    if (ending.exitCode === 126 || ending.exitCode === 127) return as('python-missing')
    return as('agent-crashed')
  }
  if (sshFailed) return sshFailure(ending.stderr)
  if (ending.stdout.trim() !== '') return as('agent-garbage')
  return as(ending.transport === 'ssh' ? 'ssh-failed' : 'prefix-failed')
}

/** By the last line that ssh is known to fail with: a login banner, which may hold the same words, comes before it. */
function sshFailure(stderr: string): SessionFailure {
  for (const line of stderr.split(/\r?\n/).reverse()) {
    const known = SSH_WORDS.find(([words]) => words.test(line))
    if (known !== undefined) return { code: known[1], detail: line }
  }
  return { code: 'ssh-failed', detail: stderr }
}
