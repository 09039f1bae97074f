/** What whoever operates the service asks of one node holds on all. */
import type { Claims } from '../../schemas/target.ts'
import { inSeconds } from '../actors/clock.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { sessionOf } from '../chat/session.ts'
import { Missed } from '../runner/case.ts'
import { placesOf } from './nodes.ts'
import { membersOn } from './order.ts'

const of = ['cluster/control-holds-on-all-nodes']

/** "closed with 4103 within 5 seconds" */
const REVOKED_WITHIN_MS = 5000

export const control: readonly ChatCase[] = [
  chatCase(
    'cluster/notify-room-on-all-nodes',
    async (world) => {
      const room = world.room()
      const members = await membersOn(placesOf(world), room)
      const [first] = members as [Ready]
      await first.says(room, 'one')
      const told = await asks(world, 'notify', { room, kind: 'notice', text: 'two' })
      for (const member of members) {
        const { epoch, seq, text } = (await member.next('system_message')).payload
        expectEqual(`the notice to ${member.name}`, { epoch, seq, text }, { ...told, text: 'two' })
      }
    },
    {
      of,
      title: 'A message of the service to a room reaches its subscribers on all nodes, at the place that was told.',
    },
  ),

  chatCase(
    'cluster/notify-user-on-all-nodes',
    async (world) => {
      const users = await Promise.all(placesOf(world).map((place, n) => place.ready(`user-${n + 1}`)))
      for (const user of users) {
        world.needs(user.welcome, 'notifications')
        for (const title of ['one', 'two'])
          await asks(world, 'notify', { sub: user.welcome.payload.user.id, kind: 'mention', title })
      }
      for (const user of users) {
        await user.until((one) => one.type === 'notification' && one.payload.title === 'two', 'a notification two')
        const heard = user.seen('notification').map(({ payload }) => [payload.seq, payload.title])
        expectEqual(`the notifications of ${user.name}`, heard, [
          [1, 'one'],
          [2, 'two'],
        ])
      }
    },
    { of, title: 'A notification reaches its user on whatever node.' },
  ),

  ...(['jti', 'sub'] as const).map((by) =>
    chatCase(
      `cluster/revoked-${by}-on-all-nodes`,
      async (world) => {
        const places = placesOf(world)
        const claimsOf = (n: number) => ({ iat: inSeconds(-60), jti: `${world.stage.name}-${n}` })
        const users = await Promise.all(
          places.map((place, n) => place.ready(`user-${n + 1}`, { claims: claimsOf(n + 1) })),
        )
        const bystanders = await Promise.all(places.map((place, n) => place.ready(`bystander-${n + 1}`)))
        const since = performance.now()
        for (const [n, user] of users.entries())
          await asks(world, 'revoke', by === 'sub' ? { sub: world.user(user.name) } : { jti: claimsOf(n + 1).jti })
        for (const user of users) {
          const { atMs } = await user.closes(4103, REVOKED_WITHIN_MS + world.stage.patience)
          const most = REVOKED_WITHIN_MS + world.stage.patience / 2
          expectTrue(`a close within ${most} ms`, atMs - since <= most, `${Math.round(atMs - since)} ms`)
        }
        for (const bystander of bystanders) await bystander.fence()
        // Nor are they let in by the next node, or by any.
        for (const [n, user] of users.entries()) {
          const next = places[(n + 1) % places.length] as World
          const session = { id: sessionOf(user).id }
          await refuses(next, user.name, claimsOf(n + 1), since + REVOKED_WITHIN_MS)
          const { resumed } = sessionOf(await next.ready(user.name, { hello: { session } }))
          expectEqual('session.resumed, with another token,', resumed, false)
        }
      },
      { of, title: `What is revoked by ${by} is closed, refused and forgotten on all nodes.` },
    ),
  ),

  chatCase(
    'cluster/reset-epoch-on-all-nodes',
    async (world) => {
      const room = world.room()
      const places = placesOf(world)
      const members = await membersOn(places, room)
      const spared = await Promise.all(places.map((place, n) => place.member(`spared-${n + 1}`, world.room('other'))))
      const [first] = members as [Ready]
      const { epoch: former } = await first.says(room, 'before')
      const { epoch } = await asks(world, 'reset-epoch', { room })
      expectTrue('another epoch', epoch !== former, 'the same')
      for (const member of members) await member.closes(4302)
      for (const one of spared) await one.fence()
      for (const [n, place] of places.entries()) {
        const again = await place.ready(`user-${n + 1}`)
        const answer = await again.subscribed(room, { epoch: former, seq: 1 })
        expectEqual(
          `epoch, head_seq and gap to ${again.name}`,
          [answer.epoch, answer.head_seq, answer.gap],
          [epoch, n, { reason: 'epoch' }],
        )
        await again.says(room, `after, ${n + 1}`)
      }
    },
    {
      of,
      title: 'After a reset on one node the subscribers on all are closed with 4302, and find the same new epoch.',
    },
  ),
]

/** Until then (performance.now()) a node may not yet know what was revoked on another, and let it in. */
async function refuses(world: World, name: string, claims: Claims, until: number): Promise<void> {
  for (;;) {
    const isLate = performance.now() > until
    const actor = await world.upgrade(name, { claims })
    try {
      await actor.closes(4103)
      return
    } catch (error) {
      if (isLate || !(error instanceof Missed)) throw error
    }
  }
}

/** Asks the first node; behind a balancer, whichever it is. */
async function asks(world: World, path: Parameters<World['control']>[0], body: object) {
  const answer = await world.control(path, body)
  expectEqual(`the HTTP status of /control/${path}`, answer.status, 200)
  return answer.body
}
