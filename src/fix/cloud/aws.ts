import type { Protocol } from '../../services.ts'
import { commandLine, fillIn, PLACEHOLDER } from './command.ts'
import type { CloudMaker, CloudOpening, CloudPort } from './opening.ts'

interface Permission {
  readonly protocol: Protocol
  readonly from: number
  readonly to: number
  readonly source: string
}

/**
 * Rules of a security group. One command for each: a request is all or nothing, and in a group that all nodes are in, the
 * rules of two targets overlap; together with a rule that is there already, a new one would be refused.
 */
export const awsCommands: CloudMaker<'aws'> = (openings, { group }) =>
  openings.map((opening) => {
    const permissions = permissionsOf(opening)
    const line = (verb: string, permission: object) =>
      commandLine(
        'aws',
        'ec2',
        `${verb}-security-group-ingress`,
        '--group-id',
        group ?? `sg-${PLACEHOLDER}`,
        '--ip-permissions',
        JSON.stringify([permission]),
      )
    return {
      commands: permissions.map((each) => line('authorize', request(each, { Description: 'pxc-netcheck' }))),
      // The description is no part of what a rule is found by.
      undo: permissions.map((each) => line('revoke', request(each, {}))),
      note: `${fillIn(group !== null, `the id of the security group of ${opening.node}`, 'aws=sg-...')}${NOTE}`,
    }
  })

const NOTE =
  'InvalidPermission.Duplicate is fine: that rule is there already. The rules hold for every member of the group. ' +
  'The network ACLs of the subnets are separate and stateless: they must let in these ports, and the answers out to ' +
  'ports 1024-65535. Where a group of the source limits what goes out, it must let this out too.'

function permissionsOf({ rules }: CloudOpening): Permission[] {
  return rules.flatMap(({ sources, ports }) =>
    sources.flatMap((source) => rangesOf(ports).map((range) => ({ ...range, source }))),
  )
}

/** Neighbouring ports as one range, since a group holds only so many rules (60 by default). */
function rangesOf(ports: readonly CloudPort[]): { protocol: Protocol; from: number; to: number }[] {
  const ranges: { protocol: Protocol; from: number; to: number }[] = []
  for (const { protocol, port } of ports) {
    const last = ranges.at(-1)
    if (last?.protocol === protocol && last.to === port - 1) last.to = port
    else ranges.push({ protocol, from: port, to: port })
  }
  return ranges
}

/** An IpPermission of the EC2 API. */
function request({ protocol, from, to, source }: Permission, more: object): object {
  const ranges = source.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: source, ...more }] }
    : { IpRanges: [{ CidrIp: source, ...more }] }
  return { IpProtocol: protocol, FromPort: from, ToPort: to, ...ranges }
}
