import { InputError } from '../inventory/input-error.ts'
import type { Node } from '../inventory/nodes.ts'
import type { RawOptions } from './program.ts'

/** An option that would silently do nothing is refused: the user believes that it did something. */
export function refuseConflicts(raw: RawOptions, command: 'check' | 'fix', nodes: readonly Node[]): void {
  const conflicts: readonly (readonly [boolean, string])[] = [
    [
      raw.via !== 'ssh' && raw.user !== undefined,
      '--user is the login of ssh; it has no use with another --via.',
    ],
    [raw.via !== 'ssh' && raw.sshOption.length > 0, '--ssh-option has no use with another --via than ssh.'],
    [
      raw.via !== 'ssh' && nodes.some(({ user }) => user !== undefined),
      'A node is written with a login (user@), which only --via ssh uses. Write it without.',
    ],
    [
      raw.deadline <= raw.timeout,
      '--deadline ends the run before one probe can time out. Raise it above --timeout.',
    ],
    [
      command !== 'fix' && raw.for !== undefined,
      '--for belongs to fix: pxc-netcheck fix --for NODE --nodes ...',
    ],
    [
      command !== 'fix' && raw.script,
      '--script belongs to fix: pxc-netcheck fix --for NODE --script --nodes ...',
    ],
    [
      raw.script && raw.for === undefined,
      '--script is for one node, as commands differ by node: add --for NODE.',
    ],
    [
      raw.explain !== undefined && command === 'fix',
      '--explain belongs to check. Drop fix, or drop --explain.',
    ],
    [
      raw.explain !== undefined && (raw.json || raw.format === 'json'),
      '--explain is text; the JSON report has every observation in it already. Drop one of the two.',
    ],
    [raw.explain !== undefined && raw.quiet > 0, '--explain prints, --quiet does not. Drop one of the two.'],
    [
      raw.script && (raw.json || raw.format === 'json'),
      '--script is a shell script, and the JSON report has the commands in "fixes". Drop one of the two.',
    ],
  ]
  const conflict = conflicts.find(([applies]) => applies)
  if (conflict !== undefined) throw new InputError('option-conflict', conflict[1])
}
