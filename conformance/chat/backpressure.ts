/** A client that is slower than its rooms: what the server keeps for it, and when it lets it go. */
import type { Limits } from '../../schemas/generated/tables.ts'
import { describeEnd } from '../actors/actor.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { Missed, Skip } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** More than kernels take for one who does not read: "that may be megabytes". */
const FLOOD_OCTETS = 8 * 1024 * 1024
/** 16000 octets, in the longest text that there is. */
const LARGE = '🌊'.repeat(4000)
const LARGE_OCTETS = Buffer.byteLength(LARGE)
const FLOOD = Math.ceil(FLOOD_OCTETS / LARGE_OCTETS)
/** Large messages that are under way at once; far fewer than any queue holds. */
const BATCH = 4
/** So many large messages in a room are asked for again and again: a flood that costs its author little. */
const KEPT = 64
/** After how many messages the one who does not read says that it lives. */
const SIGN_OF_LIFE = 16 * BATCH
/** More connections than this are not opened only to publish. */
const MOST_AUTHORS = 32

/** A longer queue, with what kernels take, might hold the whole flood. */
const MOST_QUEUE_OCTETS = 3 * 1024 * 1024

/** The rate does not hold the flood up, no clock ends anybody, and the session outlasts the case. */
const UNHURRIED: Partial<Limits> = {
  rate_per_s: 100_000,
  rate_burst: 100_000,
  heartbeat_interval_ms: 60_000,
  heartbeat_grace_ms: 60_000,
  resume_window_ms: 60_000,
}

export const backpressure: readonly ChatCase[] = [
  // One flood for four rules, for it costs more than all other cases of a section together.
  chatCase(
    'backpressure/slow-reader-is-let-go',
    async (world) => {
      const began = performance.now()
      const played = await unhurried(world)
      const { slow, bob } = await pausedBeside(played)
      overflows(played, bob)
      // Whatever else might end it, it is not that nothing was heard of it.
      await publishes(played, bob, FLOOD, () => slow.send('pong', {}))
      slow.connection.resume()
      await bob.fence()
      expectEqual('messages to bob', bob.seen('user_message').length, FLOOD)
      expectContiguous(bob)
      const end = await endOf(world, slow)
      expectTrue('close 4203 slow_consumer, or an abort', end.kind !== 'closed' || end.code === 4203, describeEnd(end))
      expectContiguous(slow)
      const { session } = (await played.back(slow)).welcome.payload
      const { resume_window_ms: window } = slow.welcome.payload.limits
      if (!session.resumed && performance.now() - began > window)
        throw new Skip(`the flood took longer than resume_window_ms, ${window} ms`)
      expectEqual('session', session, { id: slow.welcome.payload.session.id, resumed: true })
    },
    {
      of: [
        'backpressure/slow-reader-is-closed',
        'backpressure/others-notice-nothing',
        'backpressure/reads-a-gapless-prefix',
        'backpressure/session-is-kept',
      ],
      title:
        'A client that does not read is closed with 4203 or aborted, after a prefix without gaps and with its session ' +
        'kept, and the others notice nothing.',
    },
  ),

  chatCase('backpressure/sending-does-not-save', async (world) => {
    // Its own answers overflow nothing; what ends the client is that one write takes too long.
    const apart = await world.apart({ limits: { ...UNHURRIED, ...BEATING, replay_max: KEPT } })
    const room = apart.room()
    const bob = await apart.member('bob', room)
    await publishes(apart, bob, KEPT)
    const slow = await apart.ready('slow')
    slow.connection.pause()
    asksForAll(slow, bob, KEPT)
    // The pings to one who comes now tell the time by the server's clock; and that looks, it may be, once an interval.
    const carol = await apart.ready('carol')
    const { heartbeat_interval_ms: interval, heartbeat_grace_ms: grace } = carol.welcome.payload.limits
    for (let beats = Math.ceil((interval + grace) / interval) + 2; beats > 0; beats -= 1) {
      await carol.next('ping', interval + world.stage.patience)
      slow.send('pong', {})
    }
    slow.connection.resume()
    await endOf(world, slow)
  }),

  chatCase('backpressure/bursts-do-not-close', async (world) => {
    const room = world.room()
    const bob = await world.member('bob', room)
    const { send_queue_bytes: queue, rate_burst: burst } = bob.welcome.payload.limits
    const count = Math.ceil((3 * queue) / LARGE_OCTETS)
    const authors = await Promise.all(names(Math.ceil(count / burst)).map((name) => world.ready(name)))
    const sent = authors.flatMap((author) =>
      Array.from({ length: Math.floor(count / authors.length) }, () => [author, author.sends(room, LARGE)] as const),
    )
    for (const [author, id] of sent) await author.ok(id)
    await bob.until((one) => one.type === 'user_message' && one.payload.seq === sent.length, `seq ${sent.length}`)
    await bob.fence()
    expectContiguous(bob)
  }),

  chatCase('backpressure/own-answers-do-not-count', async (world) => {
    const played = await unhurried(world, { replay_max: KEPT })
    const room = played.room()
    const bob = await played.member('bob', room)
    const { replay_max: most, rate_burst: burst } = bob.welcome.payload.limits
    const kept = Math.min(KEPT, most)
    played.fits(Math.ceil(FLOOD / kept) + 2, burst, 'rate_burst')
    await publishes(played, bob, kept)
    const elsewhere = played.room('elsewhere')
    const alice = await played.member('alice', elsewhere)
    // What she asks for is more than a kernel takes, and waits in the server until she reads on, a moment later.
    alice.connection.pause()
    const asked = asksForAll(alice, bob, kept)
    // An event is where a server may count what waits.
    await bob.says(elsewhere, 'meanwhile')
    alice.connection.resume()
    for (const id of asked) expectEqual('replay_count', (await alice.ok<'subscribe'>(id)).replay_count, kept)
    await alice.hearsText('meanwhile')
    await alice.fence()
    const replayed = alice.seen('user_message').filter(({ payload }) => payload.replay === true)
    expectEqual('replayed messages', replayed.length, asked.length * kept)
  }),

  chatCase('backpressure/ephemeral-is-dropped-first', async (world) => {
    const apart = await world.apart({ limits: UNHURRIED })
    const { slow, bob, room } = await pausedBeside(apart)
    apart.needs(bob.welcome, 'signal')
    const data = { fill: 'x'.repeat(2000) }
    for (let sent = 0; sent < FLOOD_OCTETS; sent += 64 * 2000) {
      for (let n = 0; n < 64; n += 1) bob.sendJson({ type: 'signal', payload: { room, name: 'wave', data } })
      await bob.fence()
    }
    slow.connection.resume()
    await slow.fence()
    await bob.says(room, 'after the flood')
    await slow.hearsText('after the flood')
  }),
]

/** Soon, and with some grace for a machine that the flood keeps busy. */
const BEATING: Partial<Limits> = { heartbeat_interval_ms: 500, heartbeat_grace_ms: 1500 }

/** A member that does not read from now on, and one that does. */
async function pausedBeside(world: World) {
  const room = world.room()
  const slow = await world.member('slow', room)
  const bob = await world.member('bob', room)
  slow.connection.pause()
  return { slow, bob, room }
}

/** A process with limits that suit these cases, where one can be had; those of others make them slow, but do not hinder. */
async function unhurried(world: World, limits: Partial<Limits> = {}): Promise<World> {
  return world.stage.target.launch === undefined ? world : world.apart({ limits: { ...UNHURRIED, ...limits } })
}

/** Skips the case where a server found running may keep all of the flood, and rightly lets nobody go. */
function overflows(world: World, { welcome }: Ready): void {
  const { send_queue_bytes: queue } = welcome.payload.limits
  if (world.stage.target.launch !== undefined || queue <= MOST_QUEUE_OCTETS) return
  throw new Skip(`the flood of ${FLOOD_OCTETS} octets need not overflow send_queue_bytes = ${queue}`)
}

/**
 * Publishes so many large messages into the room, no faster than the reader reads; each author sends what one bucket holds.
 * @param signOfLife sent now and then, between batches.
 */
async function publishes(world: World, reader: Ready, count: number, signOfLife = () => {}): Promise<void> {
  const room = world.room()
  const each = reader.welcome.payload.limits.rate_burst
  const authors = names(Math.ceil(count / each))
  let seq = 0
  for (const name of authors) {
    const author = await world.ready(name)
    for (const end = Math.min(count, seq + each); seq < end; ) {
      const ids = Array.from({ length: Math.min(BATCH, end - seq) }, () => author.sends(room, LARGE))
      for (const id of ids) seq = Number((await author.ok<'send_message'>(id)).seq)
      await reader.until(
        (one) => one.type === 'user_message' && one.payload.seq === seq,
        `seq ${seq} to ${reader.name}`,
      )
      if (seq % SIGN_OF_LIFE === 0) signOfLife()
    }
  }
}

/**
 * Subscribes to the room from its beginning so often that the replays make a flood.
 * @param witness who heard all the `kept` messages of the room.
 * @returns the ids of the commands.
 */
function asksForAll(actor: Ready, witness: Ready, kept: number): string[] {
  const { room = '', epoch = '' } = witness.seen('user_message')[0]?.payload ?? {}
  const again = () => actor.send('subscribe', { room, position: { epoch, seq: 0 } })
  return Array.from({ length: Math.ceil(FLOOD / kept) }, again)
}

function names(authors: number): string[] {
  if (authors > MOST_AUTHORS) throw new Skip(`needs ${authors} authors, for rate_burst allows each so few messages`)
  return Array.from({ length: authors }, (_, n) => `author${n}`)
}

/** How the server lets the client go, once that has read what there was: megabytes, which may take it a while. */
async function endOf(world: World, slow: Ready): Promise<End> {
  for (let read = -1; read < slow.seen('user_message').length; ) {
    read = slow.seen('user_message').length
    const end = await slow.connection.end(world.stage.patience)
    if (end !== 'timeout') return end
  }
  throw new Missed('the end of a connection that was not read from', 'an open connection that reads all')
}

function expectContiguous(actor: Ready): void {
  const seqs = actor.seen('user_message').map(({ payload }) => payload.seq)
  const holds = seqs.length > 0 && seqs.every((seq, at) => seq === at + 1)
  expectTrue(`seq 1, 2, 3 and so on to ${actor.name}`, holds, JSON.stringify(seqs))
}
