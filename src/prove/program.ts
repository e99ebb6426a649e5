import connections from './connections.py'
import frames from './frames.py'
import scratch from './scratch.py'
import wires from './wires.py'

/** A python module's name and source. */
export type Module = readonly [name: string, source: string]

/** Each after those it imports. The last one that is loaded serves. */
export const SCRATCH_MODULES: readonly Module[] = [
  ['frames', frames],
  ['wires', wires],
  ['connections', connections],
  ['scratch', scratch],
]

/** Reads a first line of stdin, the modules, and runs them from memory; the last one's `serve` reads the rest. */
export const BOOT = [
  'import json, sys, types',
  'for name, source in json.loads(sys.stdin.readline()):',
  '    module = sys.modules[name] = types.ModuleType(name)',
  '    exec(compile(source, name + ".py", "exec"), module.__dict__)',
  'module.serve()',
].join('\n')
