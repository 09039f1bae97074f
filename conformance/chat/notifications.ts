/** What the service tells one user, in the stream `@me`, and a room, in its own. */
import type { Welcome } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import { breaks } from '../actors/watcher.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** Connects as one who may be notified. */
async function notifiable(world: World, name: string, options: Parameters<World['ready']>[1] = {}): Promise<Ready> {
  const actor = await world.ready(name, options)
  world.needs(actor.welcome, 'notifications')
  return actor
}

/** Notifies a user, titles being what tells notifications apart. */
async function notify(world: World, sub: string, title: string, more: Record<string, unknown> = {}): Promise<void> {
  const { status } = await world.control('notify', { sub, kind: 'mention', title, ...more })
  expectEqual('the HTTP status', status, 200)
}

async function announce(world: World, room: string, text: string): Promise<void> {
  const { status } = await world.control('notify', { room, kind: 'notice', text })
  expectEqual('the HTTP status', status, 200)
}

function meIn({ payload }: Welcome) {
  const me = payload.rooms.find(({ room }) => room === '@me')
  if (me === undefined || 'code' in me) throw new Finding('@me in welcome.rooms', JSON.stringify(payload.rooms))
  return me
}

const titled = (actor: Ready, title: string) =>
  actor.until((one) => one.type === 'notification' && one.payload.title === title, `a notification ${title}`)

const numbered = (actor: Ready) => actor.seen('notification').map(({ payload }) => [payload.seq, payload.title])

export const notifications: readonly ChatCase[] = [
  chatCase('notifications/welcome-lists-me', async (world) => {
    const { welcome } = await world.ready('alice', { claims: { rooms: null } })
    expectEqual('head_seq of @me', meIn(welcome).head_seq, 0)
  }),

  chatCase('notifications/reach-all-connections', async (world) => {
    const sub = world.user('alice')
    const devices = [
      await notifiable(world, 'phone', { claims: { sub } }),
      await notifiable(world, 'laptop', { claims: { sub, rooms: null } }),
    ]
    const more = { body: 'Come and see\n', data: { nested: { list: [1, 2.5, null, true, 'ü'] } } }
    await notify(world, sub, 'full', more)
    await notify(world, sub, 'bare')
    for (const device of devices) {
      await titled(device, 'bare')
      await device.fence()
      const given = device
        .seen('notification')
        .map(({ payload: { kind, title, body, data } }) => [kind, title, body, data])
      expectEqual('kind, title, body and data', given, [
        ['mention', 'full', more.body, more.data],
        ['mention', 'bare', undefined, undefined],
      ])
    }
  }),

  chatCase('notifications/reach-nobody-else', async (world) => {
    const alice = await notifiable(world, 'alice')
    const bob = await notifiable(world, 'bob', { claims: { rooms: ['*'] } })
    for (const title of ['one', 'two']) await notify(world, world.user('alice'), title)
    await notify(world, world.user('bob'), 'to bob')
    await titled(bob, 'to bob')
    await titled(alice, 'two')
    await Promise.all([alice.fence(), bob.fence()])
    expectEqual('seq and title to bob', numbered(bob), [[1, 'to bob']])
    expectEqual('notifications to alice', alice.seen('notification').length, 2)
  }),

  chatCase('notifications/seq-is-contiguous', async (world) => {
    const alice = await notifiable(world, 'alice')
    const { epoch } = meIn(alice.welcome)
    const titles = ['one', 'two', 'three', 'four']
    for (const title of titles) await notify(world, world.user('alice'), title)
    await titled(alice, 'four')
    expectEqual(
      'seq and title',
      numbered(alice),
      titles.map((title, at) => [at + 1, title]),
    )
    const epochs = alice.seen('notification').map(({ payload }) => payload.epoch)
    expectEqual('epochs', new Set(epochs), new Set([epoch]))
    const later = meIn((await world.ready('alice')).welcome)
    expectEqual('epoch and head_seq', [later.epoch, later.head_seq], [epoch, 4])
  }),

  chatCase('notifications/resume-through-positions', async (world) => {
    const alice = await notifiable(world, 'alice')
    const sub = world.user('alice')
    await notify(world, sub, 'seen')
    const { epoch, seq } = (await alice.next('notification')).payload
    const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
    await breaks(alice, world.stage.patience)
    for (const title of ['missed', 'missed too']) await notify(world, sub, title)
    const { id } = alice.welcome.payload.session
    const back = await world.ready('alice', { hello: { session: { id }, positions: { '@me': { epoch, seq } } } })
    term.judge(() => expectEqual('session.resumed', back.welcome.payload.session.resumed, true))
    const { recovered, replay_count, head_seq } = meIn(back.welcome)
    expectEqual('recovered, replay_count and head_seq', [recovered, replay_count, head_seq], [true, 2, 3])
    await titled(back, 'missed too')
    await notify(world, sub, 'live')
    await titled(back, 'live')
    const replayed = back
      .seen('notification')
      .map(({ payload }) => [payload.seq, payload.title, payload.replay ?? false])
    expectEqual('seq, title and replay', replayed, [
      [2, 'missed', true],
      [3, 'missed too', true],
      [4, 'live', false],
    ])
  }),

  chatCase('notifications/have-history', async (world) => {
    const bob = await notifiable(world, 'bob', { claims: { rooms: ['*'] } })
    world.needs(bob.welcome, 'history')
    const term = new Term(bob.welcome.payload.limits, 'resume_window_ms')
    const titles = ['one', 'two', 'three']
    for (const title of titles) await notify(world, world.user('alice'), title)
    const alice = await world.ready('alice', { claims: { rooms: null } })
    const page = await alice.ok<'history'>(alice.send('history', { room: '@me' }))
    const stored = page.messages.map(({ type, payload }) => [type, payload.seq, 'title' in payload && payload.title])
    const told = titles.map((title, at) => ['notification', at + 1, title])
    term.judge(() => expectEqual('type, seq and title', stored, told))
    expectEqual('epoch and head_seq', [page.epoch, page.head_seq], [meIn(alice.welcome).epoch, 3])
    const empty = await bob.ok<'history'>(bob.send('history', { room: '@me' }))
    expectEqual("messages in another user's @me", empty.messages.length, 0)
  }),

  chatCase('notifications/me-is-no-room-of-max-rooms', async (world) => {
    const alice = (await world.ready('alice')).crowding()
    const { max_rooms: max, rate_burst: burst } = alice.welcome.payload.limits
    world.fits(max + 1, burst, 'max_rooms', 'rate_burst')
    for (let n = 1; n <= max; n += 1) await alice.subscribed(world.room(`r${n}`))
    await alice.refused(alice.send('subscribe', { room: world.room('one-more') }), 'limit_exceeded')
  }),

  chatCase('notifications/system-message-is-a-message', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const bob = await world.member('bob', room)
    await alice.says(room, 'one')
    await announce(world, room, '  two ✨')
    await alice.says(room, 'three')
    for (const actor of [alice, bob]) {
      await actor.hearsText('three')
      const heard = actor
        .received()
        .flatMap((one) => (one.type === 'user_message' || one.type === 'system_message' ? one : []))
      expectEqual(
        'type, seq and text',
        heard.map(({ type, payload }) => [type, payload.seq, payload.text]),
        [
          ['user_message', 1, 'one'],
          ['system_message', 2, '  two ✨'],
          ['user_message', 3, 'three'],
        ],
      )
      expectEqual('epochs', new Set(heard.map(({ payload }) => payload.epoch)).size, 1)
      expectEqual('kind', actor.seen('system_message')[0]?.payload.kind, 'notice')
    }
    expectEqual('the frame', bob.seen('system_message'), alice.seen('system_message'))
  }),

  chatCase('notifications/system-message-is-stored', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
    await alice.says(room, 'one')
    await announce(world, room, 'two')
    const live = await alice.next('system_message')
    const bob = await world.ready('bob')
    const { replay_count } = await bob.subscribed(room, { epoch: live.payload.epoch, seq: 1 })
    term.judge(() => expectEqual('replay_count', replay_count, 1))
    const replayed = await bob.next('system_message')
    expectEqual('the frame', replayed, { ...live, payload: { ...live.payload, replay: true } })
    if (!bob.welcome.payload.features.includes('history')) return
    const { messages } = await bob.ok<'history'>(bob.send('history', { room }))
    term.judge(() => expectEqual('the latest of the history', messages.at(-1), live))
  }),
]
