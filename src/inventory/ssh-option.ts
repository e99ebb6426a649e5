import { escapeText, isSafe } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

const UNSAFE_HOST_KEYS =
  "Host key checking is not weakened: whoever answers in a node's place would be asked for its firewall. " +
  'Put the key into known_hosts (ssh-keyscan, then compare), or log in once by hand.'
const OWN_SESSION =
  'The tool needs this session for itself: it talks to the node over stdin and stdout and never prompts.'

/** Options that are refused, by lower-case name: whether the value is acceptable, and the sentence when it is not. */
const RULES: Readonly<Record<string, { readonly allows: (value: string) => boolean; readonly why: string }>> =
  {
    stricthostkeychecking: {
      allows: (value) => ['yes', 'ask', 'accept-new', 'true'].includes(value),
      why: UNSAFE_HOST_KEYS,
    },
    userknownhostsfile: { allows: keepsKnownHosts, why: UNSAFE_HOST_KEYS },
    globalknownhostsfile: { allows: (value) => value !== '', why: UNSAFE_HOST_KEYS },
    nohostauthenticationforlocalhost: { allows: (value) => value === 'no', why: UNSAFE_HOST_KEYS },
    batchmode: { allows: (value) => value === 'yes' || value === 'true', why: OWN_SESSION },
    remotecommand: { allows: () => false, why: OWN_SESSION },
    requesttty: { allows: (value) => value === 'no', why: OWN_SESSION },
    sessiontype: { allows: (value) => value === 'default', why: OWN_SESSION },
    stdinnull: { allows: (value) => value === 'no', why: OWN_SESSION },
    forkafterauthentication: { allows: (value) => value === 'no', why: OWN_SESSION },
  }

/** One `--ssh-option`, to be passed as `-o`; returned as given. */
export function checkSshOption(text: string): string {
  const match = /^([A-Za-z][A-Za-z0-9]{1,63})=(.+)$/.exec(text)
  const shown = escapeText(text, 80)
  if (match === null || !isSafe(text)) {
    throw new InputError(
      'bad-ssh-option',
      `--ssh-option "${shown}" is not KEY=VALUE with the name of an OpenSSH client option. Example: --ssh-option Port=2222`,
    )
  }
  const name = (match[1] ?? '').toLowerCase()
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined
  if (rule !== undefined && !rule.allows(plainValue(match[2] ?? ''))) {
    throw new InputError('ssh-option-refused', `--ssh-option "${shown}" is refused. ${rule.why}`)
  }
  return text
}

/** The value as ssh reads it: spaces around it and quotes are no part of it. */
function plainValue(value: string): string {
  return value.replaceAll('"', '').trim().toLowerCase()
}

function keepsKnownHosts(value: string): boolean {
  return value !== '' && !value.split(/\s+/).some((file) => file === '/dev/null' || file === 'none')
}
