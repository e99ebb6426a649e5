import type { Backend, Dump } from './host.ts'
import { isTool } from './host.ts'
import { isObject, type Json, listOf, numberOf, textOf } from './json-value.ts'
import type { RuleRef } from './model.ts'

/** How many packets each rule and policy had counted when a host's dumps were taken, by `counterKey`. */
export type Counters = ReadonlyMap<string, number>

export function counterKey(tool: Backend, { table, chain, position }: Omit<RuleRef, 'rule'>): string {
  return `${tool} ${table} ${chain} ${position ?? 'policy'}`
}

/**
 * Reads the counters of `TOOL-save -c` and of nft's `counter` statements. Rules of nft without one count nothing and are
 * left out; so are the policies of nft.
 */
export function countersOf(dumps: readonly Dump[]): Counters {
  const counters = new Map<string, number>()
  for (const { tool, text } of dumps) {
    if (tool === 'nft') readNft(text, counters)
    else if (isTool(tool)) readSave(tool, text, counters)
  }
  return counters
}

function readSave(tool: Backend, dump: string, counters: Map<string, number>): void {
  let table = ''
  const positions = new Map<string, number>()
  for (const line of dump.split('\n')) {
    const [, opened] = /^\*(\S+)/.exec(line) ?? []
    const [, policy, ofPolicy] = /^:(\S+) (?:ACCEPT|DROP) \[(\d+):\d+\]/.exec(line) ?? []
    const [, ofRule, chain] = /^\[(\d+):\d+\] -A (\S+)/.exec(line) ?? []
    if (opened !== undefined) table = opened
    if (policy !== undefined) {
      counters.set(counterKey(tool, { table, chain: policy, position: null }), Number(ofPolicy))
    }
    if (chain === undefined) continue
    const position = (positions.get(`${table} ${chain}`) ?? 0) + 1
    positions.set(`${table} ${chain}`, position)
    counters.set(counterKey(tool, { table, chain, position }), Number(ofRule))
  }
}

function readNft(json: string, counters: Map<string, number>): void {
  const positions = new Map<string, number>()
  for (const rule of rulesIn(json)) {
    const table = `${textOf(rule.family)} ${textOf(rule.table)}`
    const chain = textOf(rule.chain)
    const position = (positions.get(`${table} ${chain}`) ?? 0) + 1
    positions.set(`${table} ${chain}`, position)
    for (const statement of listOf(rule.expr)) {
      const counter = isObject(statement) ? statement.counter : undefined
      const packets = isObject(counter) ? numberOf(counter.packets) : null
      if (packets !== null) counters.set(counterKey('nft', { table, chain, position }), packets)
    }
  }
}

function rulesIn(json: string): Record<string, Json>[] {
  try {
    const document = JSON.parse(json) as Json
    const objects = isObject(document) ? listOf(document.nftables) : []
    return objects.flatMap((object) => (isObject(object) && isObject(object.rule) ? [object.rule] : []))
  } catch {
    // What cannot be read is told where the rules are read.
    return []
  }
}
