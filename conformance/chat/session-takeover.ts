/** A client comes back while its old connection still seems open: the later one wins, and the older one can do no harm. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { roomsOf, sessionOf } from './session.ts'

const TAKEOVER_MS = 1000

export const sessionTakeover: readonly ChatCase[] = [
  chatCase(
    'session/takeover-closes-the-old-one',
    async (world) => {
      const alice = await world.member('alice')
      const again = await world.back(alice)
      expectEqual('session', sessionOf(again), { id: sessionOf(alice).id, resumed: true })
      const { atMs } = await alice.closes(4104, TAKEOVER_MS + world.stage.patience)
      const took = atMs - again.arrivalOf(again.welcome)
      const most = TAKEOVER_MS + world.stage.patience / 2
      expectTrue(`a close within ${most} ms after the new welcome`, took <= most, `${Math.round(took)} ms`)
      await again.fence()
    },
    {
      of: ['session/takeover-closes-4104'],
      title: 'The connection whose session is taken over is closed with 4104 within one second.',
    },
  ),

  chatCase(
    'session/one-of-many-takeovers-stays',
    async (world) => {
      const room = world.room()
      const alice = await world.member('alice', room)
      const rivals = await Promise.all(
        [1, 2, 3, 4].map((n) => world.upgrade(`rival-${n}`, { claims: claimsOf(alice) })),
      )
      const hello = { session: { id: sessionOf(alice).id } }
      // One that is replaced at once may be closed before it is welcomed.
      const welcomes = await Promise.allSettled(rivals.map((rival) => world.welcome(rival, hello)))
      for (const one of welcomes) {
        if (one.status === 'fulfilled')
          expectEqual('session', one.value.payload.session, { ...hello.session, resumed: true })
      }
      await alice.closes(4104, TAKEOVER_MS + world.stage.patience)
      const ends = await Promise.all(
        rivals.map((rival) => rival.connection.end(TAKEOVER_MS + world.stage.patience / 4)),
      )
      const outcomes = ends.map((end) => (end === 'timeout' ? 'open' : 'code' in end ? end.code : end.kind))
      expectEqual('the connections', outcomes.sort(), [4104, 4104, 4104, 'open'])
      const bob = await world.ready('bob')
      await bob.says(room, 'to the last')
      const last = rivals.filter(({ connection }) => connection.ended === undefined)
      for (const one of last) await one.hearsText('to the last')
    },
    {
      of: ['session/takeover-closes-4104'],
      title: 'Of several connections that take a session up at once, one stays and the others are closed with 4104.',
    },
  ),

  chatCase('session/takeover-stops-delivery', async (world) => {
    const room = world.room()
    const bob = await world.ready('bob')
    const alice = await world.member('alice', room)
    const again = await world.back(alice)
    // At once, while the close of the old connection may still be on its way.
    const texts = Array.from({ length: 5 }, (_, n) => `n${n + 1}`)
    for (const text of texts) await bob.says(room, text)
    for (const text of texts) await again.hearsText(text)
    await alice.closes(4104, TAKEOVER_MS + world.stage.patience)
    expectEqual('messages to the old connection', alice.seen('user_message').length, 0)
    expectEqual('messages to the new one', again.seen('user_message').length, texts.length)
  }),

  harmless('1000', 'A close with 1000 on the old connection does not end the session that was taken over.', {
    end: async (old, _, world) => {
      await old.connection.close(1000)
      await old.connection.disconnect(world.stage.patience)
    },
  }),

  harmless('break', 'The break of the old connection does not change the session that was taken over.', {
    end: async (old) => old.connection.destroy(),
  }),

  harmless(
    'silence',
    'The timeout of an old connection that is dead does not change the session that was taken over.',
    {
      // A network that is gone: nothing is read, so no ping is answered, and no close.
      before: async (old) => {
        old.answersPings = false
        old.connection.pause()
      },
      end: async (_, again, world) => {
        const { limits } = again.welcome.payload
        await again.staysOpen(1.2 * world.affords(limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms'))
      },
    },
  ),

  harmless('window', 'The session that was taken over outlives the resume window of the old connection.', {
    end: async (old, again, world) => {
      const window = world.affords(again.welcome.payload.limits, 'resume_window_ms')
      await old.closes(4104, TAKEOVER_MS + world.stage.patience)
      await again.staysOpen(1.2 * window)
    },
  }),
]

interface OldConnection {
  /** Before its session is taken over. */
  before?(old: Ready): Promise<void>
  /** How it ends, after that. */
  end(old: Ready, again: Ready, world: World): Promise<void>
}

/** The session is as its new connection has left it: its rooms are those, and a next connection takes it up. */
function harmless(what: string, title: string, { before, end }: OldConnection): ChatCase {
  const play = async (world: World) => {
    const [kept, left, entered] = [world.room('kept'), world.room('left'), world.room('entered')]
    const old = await world.ready('alice')
    for (const room of [kept, left]) await old.subscribed(room)
    await before?.(old)
    const again = await world.back(old)
    await again.subscribed(entered)
    await again.ok(again.send('unsubscribe', { room: left }))
    await end(old, again, world)
    const bob = await world.ready('bob')
    for (const room of [kept, entered]) {
      await bob.says(room, 'to the new one')
      await again.hearsText('to the new one')
    }
    again.connection.destroy()
    const third = await world.back(again)
    expectEqual('session', sessionOf(third), { id: sessionOf(old).id, resumed: true })
    expectEqual('rooms', roomsOf(third), ['@me', entered, kept].sort())
  }
  return chatCase(`session/old-${what}-after-takeover-is-harmless`, play, {
    of: ['session/takeover-old-close-is-harmless'],
    title,
  })
}

const claimsOf = ({ welcome }: Ready) => ({ sub: welcome.payload.user.id })
