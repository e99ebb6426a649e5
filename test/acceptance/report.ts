import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import type { ExecOptions } from '../lab/run.ts'

const schema = JSON.parse(readFileSync(new URL('../../docs/schema/report-v1.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)

export interface Checked {
  readonly code: number | null
  readonly report: Report
}

/** Runs the tool on a lab host for its JSON, which must be what the schema says, and the whole of what it prints. */
export async function check(
  lab: Lab,
  args: readonly string[],
  options: ExecOptions & { from?: string } = {},
): Promise<Checked> {
  const { code, stdout, stderr } = await lab.execTool([...args, '--format', 'json'], options)
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as Report
  validate(report)
  expect(validate.errors ?? []).toEqual([])
  expect(report.exitCode).toBe(code)
  return { code, report }
}
