import { AGENT_PROGRAM } from './program.ts'

/** Printed by the shell before Python starts: what fails after it is not the way to the node. */
export const SHELL_STAGE = 'pxc-netcheck-shell'
/** No Python was found. Both numbers are free of shell, ssh (255) and signal (128+n) meanings. */
export const EXIT_NO_PYTHON = 97
export const EXIT_OLD_PYTHON = 98
/** The program and its configuration must have arrived by then. */
const BOOT_SECONDS = 20

/**
 * Reads the program's bytes from stdin and runs its modules from memory, each compiled when it is first imported; anything behind
 * them is the agent's to read. Until the agent has been told its own deadline, this one's holds. One line, and neither single
 * quotes nor exclamation marks: login shells from sh to csh must pass it on unharmed.
 */
const PYTHON = [
  `exec("import sys\\nif sys.version_info<(3,6): sys.exit(${EXIT_OLD_PYTHON})\\nsys.path=[p for p in sys.path if p]\\n`,
  'import os,json,signal as g\\ng.signal(g.SIGALRM,g.SIG_DFL); g.pthread_sigmask(g.SIG_UNBLOCK,[g.SIGALRM])\\n',
  `g.alarm(${BOOT_SECONDS}); os.set_blocking(0,True)\\nb=b\\"\\"\\n`,
  `while len(b)<${AGENT_PROGRAM.length}:\\n c=os.read(0,${AGENT_PROGRAM.length}-len(b))\\n if not c: sys.exit(0)\\n b+=c\\n`,
  'P=dict(json.loads(b.decode()))\\nclass F:\\n',
  ' def find_spec(s,n,p=None,t=None): return type(sys.__spec__)(n,s) if n in P else None\\n',
  ' def create_module(s,c): return None\\n',
  ' def exec_module(s,m): exec(compile(P[m.__name__],m.__name__+\\".py\\",\\"exec\\"),m.__dict__)\\n',
  'sys.meta_path.insert(0,F()); import agent; agent.main()")',
].join('')

/**
 * The interpreter is looked for where distributions put it before PATH is asked: RHEL 8 has only platform-python, and
 * a PATH's python3 may be a slow version-manager shim. -E -s -S: no environment, no user site, no site-packages; -I
 * would be shorter, but is unknown to Python 2, which then could not say that it is too old.
 */
function shellScript(become: boolean): string {
  const candidates = '/usr/bin/python3 /usr/libexec/platform-python python3 python'
  const sudo = become ? 's=; [ "$(id -u)" = 0 ] || s="sudo -n --"; ' : ''
  return (
    `echo ${SHELL_STAGE}; ${sudo}for p in ${candidates}; do ` +
    `command -v "$p" >/dev/null 2>&1 && exec ${become ? '$s ' : ''}"$p" -E -s -S -c "$1"; done; exit ${EXIT_NO_PYTHON}`
  )
}

/** The command that becomes the agent, as an argument vector for an exec prefix or this host. */
export function bootstrapArgv(become: boolean): readonly string[] {
  return ['sh', '-c', shellScript(become), 'sh', PYTHON]
}
