import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

/** A cloud whose commands are wanted, and what they go to; null where the user has not named it. */
export type Cloud =
  | { readonly kind: 'aws'; readonly group: string | null }
  | { readonly kind: 'gcp'; readonly network: string | null }
  | { readonly kind: 'azure'; readonly group: AzureGroup | null }
  | { readonly kind: 'kubernetes'; readonly pods: PodSelector | null }

export interface AzureGroup {
  readonly resourceGroup: string
  readonly nsg: string
}

/** The pods of a namespace that have a label. */
export interface PodSelector {
  readonly namespace: string
  readonly key: string
  readonly value: string
}

type Kind = Cloud['kind']
type OfKind<K extends Kind> = Extract<Cloud, { kind: K }>

interface Grammar<K extends Kind> {
  readonly unnamed: OfKind<K>
  /** null when the text is no such name. */
  readonly parse: (text: string) => OfKind<K> | null
  /** What the name is, with an example. */
  readonly expected: string
}

const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const LABEL_NAME = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'

/** 8 digits, or 17 since the longer ids of 2018. */
const SECURITY_GROUP = /^sg-[0-9a-f]{8}(?:[0-9a-f]{9})?$/
const NETWORK = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Resource group: 90 characters, no "." at the end (and here no "-" in front, an option's sign). Security group: 80. */
const RESOURCE_GROUP_AND_NSG =
  /^([A-Za-z0-9_()](?:[A-Za-z0-9_().-]{0,88}[A-Za-z0-9_()-])?)\/([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?)$/
const NAMESPACE_AND_LABEL = new RegExp(
  `^(${DNS_LABEL})/((?:${DNS_LABEL}(?:\\.${DNS_LABEL})*/)?${LABEL_NAME})=(${LABEL_NAME})$`,
)

const GRAMMARS: { readonly [K in Kind]: Grammar<K> } = {
  aws: {
    unnamed: { kind: 'aws', group: null },
    parse: (text) => (SECURITY_GROUP.test(text) ? { kind: 'aws', group: text } : null),
    expected: 'the id of the security group of the nodes: aws=sg-0123456789abcdef0',
  },
  gcp: {
    unnamed: { kind: 'gcp', network: null },
    parse: (text) => (NETWORK.test(text) ? { kind: 'gcp', network: text } : null),
    expected: 'the name of the VPC network of the nodes: gcp=default',
  },
  azure: {
    unnamed: { kind: 'azure', group: null },
    parse: (text) => {
      const [, resourceGroup, nsg] = RESOURCE_GROUP_AND_NSG.exec(text) ?? []
      if (resourceGroup === undefined || nsg === undefined) return null
      return { kind: 'azure', group: { resourceGroup, nsg } }
    },
    expected: 'the resource group and the network security group of the nodes: azure=db-rg/db-nsg',
  },
  kubernetes: {
    unnamed: { kind: 'kubernetes', pods: null },
    parse: (text) => {
      const [, namespace, key, value] = NAMESPACE_AND_LABEL.exec(text) ?? []
      if (namespace === undefined || key === undefined || value === undefined) return null
      return { kind: 'kubernetes', pods: { namespace, key, value } }
    },
    expected: 'the namespace of the pods and a label that all of them have: kubernetes=db/app=pxc',
  },
}

/** The items of `--cloud`: `KIND` or `KIND=NAME`. */
export function parseClouds(items: readonly string[]): Cloud[] {
  const clouds = items.map(parseCloud)
  const twice = clouds.find(({ kind }, index) => clouds.findIndex((other) => other.kind === kind) !== index)
  if (twice !== undefined) {
    throw new InputError(
      'cloud-twice',
      `--cloud gives ${twice.kind} twice. Its commands go to one place; run again for another.`,
    )
  }
  return clouds
}

function parseCloud(item: string): Cloud {
  const equals = item.indexOf('=')
  const kind = equals === -1 ? item : item.slice(0, equals)
  if (!isKind(kind)) {
    throw new InputError(
      'unknown-cloud',
      `--cloud "${escapeText(item, 80)}" is none of ${Object.keys(GRAMMARS).join(', ')}. ` +
        'Example: --cloud aws=sg-0123456789abcdef0',
    )
  }
  const grammar = GRAMMARS[kind]
  if (equals === -1) return grammar.unnamed
  const cloud = grammar.parse(item.slice(equals + 1))
  if (cloud === null) {
    throw new InputError(
      'bad-cloud-name',
      `--cloud "${escapeText(item, 120)}" does not name ${grammar.expected}. ` +
        `Without the name, --cloud ${kind} leaves a place to fill in.`,
    )
  }
  return cloud
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(GRAMMARS, text)
}
