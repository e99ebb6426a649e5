import type { InspectRequest, WatchRequest } from '../session/requests.ts'
import { type Session, SessionError } from '../session/session.ts'
import type { Inspection, Survey } from '../session/survey-messages.ts'
import type { Member } from './members.ts'

/** What the nodes have said of their servers, by name. */
export async function surveysOf(members: readonly Member[]): Promise<Map<string, Survey>> {
  const surveys = await Promise.all(members.map(async ({ name, survey }) => [name, await survey] as const))
  return new Map(surveys.flatMap(([name, survey]) => (survey === null ? [] : [[name, survey]])))
}

/** What is looked up on the cluster's nodes. */
export function inspectMembers(
  members: readonly Member[],
  requestFor: (member: Member) => InspectRequest,
): Promise<Map<string, Inspection>> {
  return askAll(members.filter(isClusterNode), (member, session) => session.inspect(requestFor(member)))
}

/** Lets every node heed these peers and ports; the members with the sockets and connections that they then tell of. */
export async function watchMembers(members: readonly Member[], request: WatchRequest): Promise<Member[]> {
  const answers = await askAll(members, (_, session) => session.watch(request))
  return members.map((member) => {
    const answer = answers.get(member.name)
    if (answer === undefined || member.hello === null) return member
    const { sockets, connections } = answer
    return { ...member, hello: { ...member.hello, sockets, connections } }
  })
}

function isClusterNode({ role, isTarget }: Member): boolean {
  return role === 'member' && isTarget
}

async function askAll<T>(
  members: readonly Member[],
  ask: (member: Member, session: Session) => Promise<T>,
): Promise<Map<string, T>> {
  const answers = new Map<string, T>()
  await Promise.all(
    members.map(async (member) => {
      if (member.session === null) return
      try {
        answers.set(member.name, await ask(member, member.session))
      } catch (error) {
        if (!(error instanceof SessionError)) throw error
      }
    }),
  )
  return answers
}
