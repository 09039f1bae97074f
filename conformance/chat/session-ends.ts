/** What ends a session and what does not, and how long it waits for its client. */
import { expectEqual } from '../actors/expect.ts'
import { lateIn, Term } from '../actors/term.ts'
import type { ConnectOptions, Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { floods } from './flood.ts'
import { expectNotFound, sessionOf } from './session.ts'

/** "From one second after the resume_window_ms." */
const OVERDUE_MS = 1000

export const sessionEnds: readonly ChatCase[] = [
  chatCase('session/client-1000-ends-it', async (world) => {
    const alice = await world.member('alice')
    await leave(world, alice, 1000)
    await expectNotFound(world, 'alice', sessionOf(alice).id)
  }),

  keeps('clients-other-closes', 'A close of the client with another code than 1000, or with none, keeps the session.', [
    (alice, world) => leave(world, alice, 1001),
    (alice, world) => leave(world, alice, 4999),
    (alice, world) => leave(world, alice, undefined),
  ]),

  keeps('broken-connections', 'A TCP connection that ends without a close frame keeps the session.', [
    async (alice) => alice.connection.destroy(),
    async (alice, world) => {
      alice.connection.finish()
      await alice.connection.disconnect(world.stage.patience)
    },
  ]),

  keeps('broken-returns', 'A client that breaks off while it comes back, again and again, keeps its session.', [
    async (alice, world) => {
      alice.connection.destroy()
      const session = { id: sessionOf(alice).id }
      for (let n = 1; n <= 6; n += 1) {
        const hasty = await world.upgrade(`hasty-${n}`, { claims: { sub: alice.welcome.payload.user.id } })
        hasty.send('hello', { client: { name: 'shakedown', version: '1' }, session })
        if (n % 2 === 0) hasty.connection.finish()
        else hasty.connection.destroy()
      }
    },
  ]),

  keeps('closes-for-faults', 'A close of the server because of what the client sent keeps the session.', [
    (alice) => alice.sendingText('not JSON').closes(4000),
    (alice) => alice.sending('hello', { client: { name: 'shakedown', version: '1' } }).closes(4003),
    (alice) => {
      alice.connection.send({ opcode: 2, payload: Buffer.from('{}') })
      return alice.closes(1003)
    },
    (alice) => {
      const { max_errors: max } = alice.welcome.payload.limits
      for (let n = 0; n <= max; n += 1) alice.sendJson({ type: 'teleport', id: `x${n}`, payload: {} })
      return alice.closes(4005)
    },
  ]),

  keeps('close-of-4100', 'A close with 4100, for a refresh to another user, keeps the session.', [
    async (alice, world) => {
      alice.send('auth_refresh', { token: await world.token('mallory') })
      await alice.closes(4100)
    },
  ]),

  keeps(
    'close-of-4101',
    'The expiry of the token keeps the session.',
    [
      async (alice, world) => {
        const leeway = world.affords(alice.welcome.payload.limits, 'auth_leeway_ms')
        await alice.closes(4101, EXPIRES_IN_S * 1000 + leeway + OVERDUE_MS + world.stage.patience)
      },
    ],
    () => ({ claims: { exp: Math.floor(Date.now() / 1000) + EXPIRES_IN_S } }),
  ),

  keeps('close-of-4301', 'The heartbeat timeout keeps the session.', [
    async (alice, world) => {
      const deadAfter = world.affords(alice.welcome.payload.limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms')
      alice.answersPings = false
      await alice.closes(4301, deadAfter + world.stage.patience)
    },
  ]),

  keeps('close-of-4202', 'A close because of a flood keeps the session.', [(alice, world) => floods(world, alice)]),

  keeps('close-of-4300', 'A drain keeps the session.', [
    async (alice, world) => {
      await world.control('drain', { sub: alice.welcome.payload.user.id, deadline_ms: 100 })
      await alice.closes(4300)
    },
  ]),

  keeps('close-of-4302', 'The reset of a room keeps the session.', [
    async (alice, world) => {
      await world.control('reset-epoch', { room: world.room() })
      await alice.closes(4302)
    },
  ]),

  chatCase(
    'session/lasts-until-the-window-ends',
    async (world) => {
      const bystander = await world.ready('bystander')
      const { limits } = bystander.welcome.payload
      await lateIn(world, limits, 'resume_window_ms', async (waitMs, room) => {
        const alice = await world.member('alice', room)
        const term = new Term(limits, 'resume_window_ms')
        alice.connection.destroy()
        await bystander.staysOpen(waitMs)
        const session = sessionOf(await world.back(alice))
        const expected = { id: sessionOf(alice).id, resumed: true }
        return { term, judge: () => expectEqual('session', session, expected) }
      })
    },
    { of: ['session/lasts-the-resume-window'], title: 'A session can be resumed late in its resume window.' },
  ),

  chatCase(
    'session/window-begins-with-the-end',
    async (world) => {
      const alice = await world.member('alice')
      const window = world.affords(alice.welcome.payload.limits, 'resume_window_ms')
      alice.connection.destroy()
      const again = await world.back(alice)
      // Longer than the window that began with the first connection's end, and with the first connection itself.
      await again.staysOpen(1.2 * window)
      again.connection.destroy()
      const third = await world.back(again)
      expectEqual('session', sessionOf(third), { id: sessionOf(alice).id, resumed: true })
      await third.says(world.room(), 'still subscribed')
      await third.hearsText('still subscribed')
    },
    {
      of: ['session/lasts-the-resume-window'],
      title: 'The resume window begins when the last connection is gone, however long the session has lasted.',
    },
  ),

  chatCase('session/expired-is-not-found', async (world) => {
    const alice = await world.member('alice')
    const bystander = await world.ready('bystander')
    const window = world.affords(alice.welcome.payload.limits, 'resume_window_ms')
    await leave(world, alice, 1001)
    await bystander.staysOpen(window + OVERDUE_MS)
    await expectNotFound(world, 'alice', sessionOf(alice).id)
  }),
]

/** Long enough for a token to be accepted before it expires. */
const EXPIRES_IN_S = 3

type Ending = (alice: Ready, world: World) => Promise<unknown>

/** Each of these ends of a connection keeps its session, with its room. */
function keeps(what: string, title: string, endings: readonly Ending[], options: () => ConnectOptions = () => ({})) {
  const play = async (world: World) => {
    for (const end of endings) {
      const alice = await world.member('alice', world.room(), options())
      await end(alice, world)
      const again = await world.back(alice)
      expectEqual('session', sessionOf(again), { id: sessionOf(alice).id, resumed: true })
      await again.says(world.room(), 'hello again')
      await again.hearsText('hello again')
    }
  }
  return chatCase(`session/survives-${what}`, play, { of: ['session/other-ends-keep-it'], title })
}

/** The client closes, and the server has let go of the connection. */
async function leave(world: World, { connection }: Ready, code: number | undefined): Promise<void> {
  await connection.close(code)
  await connection.disconnect(world.stage.patience)
}
