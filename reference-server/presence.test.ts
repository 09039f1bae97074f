import t, { type Test } from 'tap'
import { type RedisUnderTest, startRedis, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import { PROFILES } from '../schemas/generated/tables.ts'
import type { Bus } from './bus.ts'
import { InProcessBus } from './in-process-bus.ts'
import { InProcessPresence } from './in-process-presence.ts'
import type { Presence } from './presence.ts'
import { Broker } from './redis/broker.ts'
import { RedisBus } from './redis/bus.ts'
import { RedisPresence } from './redis/presence.ts'

const GRACE_MS = 10
const LONG_MS = 60_000
const [ALICE, BOB] = [{ id: 'alice', name: 'Alice "\\" 💬' }, { id: 'bob' }]

/** The presence as one node has it, and as another that shares it. */
type Kind = (t: Test) => Promise<{ readonly bus: Bus; readonly here: Presence; readonly there: Presence }>

async function redisNode(t: Test, { url }: RedisUnderTest, leaseMs: number) {
  const broker = await Broker.connect(url, () => {})
  t.teardown(() => broker.close())
  return {
    bus: new RedisBus(broker, PROFILES.test, LONG_MS),
    presence: new RedisPresence(broker, { graceMs: GRACE_MS, leaseMs }),
  }
}

const KINDS: Record<string, Kind> = {
  'in process': async () => {
    const bus = new InProcessBus(PROFILES.test)
    const presence = new InProcessPresence(bus, GRACE_MS)
    return { bus, here: presence, there: presence }
  },
  'on Redis': async (t) => {
    const redis = await startRedis(t)
    const { bus, presence } = await redisNode(t, redis, LONG_MS)
    return { bus, here: presence, there: (await redisNode(t, redis, LONG_MS)).presence }
  },
}

/** The events of the lobby, which can be waited for. */
class Lobby {
  readonly revs: number[] = []
  private readonly bus: Bus
  private events: string[] = []
  private marks = 0
  private wake = () => {}

  private constructor(bus: Bus) {
    this.bus = bus
  }

  static async of(bus: Bus): Promise<Lobby> {
    const lobby = new Lobby(bus)
    await bus.subscribe('lobby', {
      stored: () => {},
      reset: () => {},
      passing: ({ event, cause }) => {
        if (event.type !== 'presence') lobby.marks += 1
        else {
          const { user, event: what, status, rev } = event.payload
          lobby.events.push(`${user.id} ${what} ${status}${cause ? ` by ${cause}` : ''}`)
          lobby.revs.push(rev)
        }
        lobby.wake()
      },
    })
    return lobby
  }

  /** All until now: what was told before something else that passes is heard before it. */
  async sofar(): Promise<readonly string[]> {
    const marks = this.marks + 1
    const event = { type: 'typing', payload: { room: 'lobby', user: ALICE, state: 'start' } } as const
    await this.bus.pass('lobby', { event })
    while (this.marks < marks) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.events
  }

  async count(count: number): Promise<readonly string[]> {
    while (this.events.length < count) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.events
  }
}

/** The grace does not keep a process alive. */
function stayAwake(t: Test): void {
  const awake = setInterval(() => {}, LONG_MS)
  t.teardown(() => clearInterval(awake))
}

const isAscending = (revs: readonly number[]) => revs.every((rev, at) => at === 0 || rev > (revs[at - 1] ?? 0))

for (const [kind, open] of Object.entries(KINDS)) {
  t.test(
    `${kind} the first connection joins, and the last one leaves`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const { bus, here, there } = await open(t)
      const lobby = await Lobby.of(bus)
      await here.enter('lobby', ALICE, 'a1', 'online')
      await there.enter('lobby', ALICE, 'a2', 'online')
      await here.exit('lobby', 'alice', 'a1', 'left')
      await here.exit('lobby', 'alice', 'a1', 'left')
      t.strictSame(await lobby.sofar(), ['alice join online by a1'])
      await there.exit('lobby', 'alice', 'a2', 'left')
      await here.enter('lobby', ALICE, 'a3', 'online')
      t.strictSame(await lobby.sofar(), ['alice join online by a1', 'alice leave online', 'alice join online by a3'])
      t.ok(isAscending(lobby.revs), 'rev grows over leaves and rejoins')
    },
  )

  t.test(
    `${kind} who broke is present until the grace is over, and silent on coming back`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const { bus, here, there } = await open(t)
      stayAwake(t)
      const lobby = await Lobby.of(bus)
      await here.enter('lobby', ALICE, 'a1', 'online')
      await here.enter('lobby', ALICE, 'a2', 'online')
      await here.exit('lobby', 'alice', 'a1', 'lost')
      t.equal((await there.list('lobby', 9)).count, 1)
      await there.enter('lobby', ALICE, 'a3', 'online')
      await here.exit('lobby', 'alice', 'a2', 'lost')
      t.strictSame(await lobby.sofar(), ['alice join online by a1'])
      await there.exit('lobby', 'alice', 'a3', 'lost')
      t.strictSame(await lobby.count(2), ['alice join online by a1', 'alice leave online'])
      t.equal((await here.list('lobby', 9)).count, 0)
      t.equal(await here.statusOf('bob'), undefined)
    },
  )

  t.test(
    `${kind} who leaves on purpose leaves at once, though another connection broke before`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const { bus, here, there } = await open(t)
      const lobby = await Lobby.of(bus)
      await here.enter('lobby', ALICE, 'a1', 'online')
      await there.enter('lobby', ALICE, 'a2', 'online')
      await here.exit('lobby', 'alice', 'a1', 'lost')
      await there.exit('lobby', 'alice', 'a2', 'left')
      t.strictSame(await lobby.sofar(), ['alice join online by a1', 'alice leave online'])
    },
  )

  t.test(
    `${kind} a status is told where it changes, and ends with the last room`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const { bus, here, there } = await open(t)
      const lobby = await Lobby.of(bus)
      t.equal(await there.setStatus('alice', 'away'), false, 'nobody is there to be told')
      await here.enter('lobby', ALICE, 'a1', 'dnd')
      t.equal(await there.setStatus('alice', 'dnd'), true)
      await there.setStatus('alice', 'away')
      t.equal(await there.statusOf('alice'), 'away')
      await here.exit('lobby', 'alice', 'a1', 'left')
      t.equal(await there.statusOf('alice'), undefined)
      t.strictSame(await lobby.sofar(), ['alice join dnd by a1', 'alice update away', 'alice leave away'])
    },
  )

  t.test(
    `${kind} a list is cut, and says of how many; every later event has a higher rev`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const { bus, here, there } = await open(t)
      const lobby = await Lobby.of(bus)
      await here.enter('lobby', ALICE, 'a1', 'online')
      await there.enter('lobby', BOB, 'b1', 'online')
      const { users, count, rev } = await there.list('lobby', 1)
      t.match([users.length, count], [1, 2])
      t.strictSame(
        (await here.list('lobby', 9)).users.map(({ user }) => user).sort((a, b) => (a.id < b.id ? -1 : 1)),
        [ALICE, BOB],
      )
      await here.setStatus('alice', 'away')
      await lobby.count(3)
      t.ok((lobby.revs.at(-1) ?? 0) > rev)
    },
  )
}

t.test(
  'who was on a node that died leaves once its lease is over, and nobody else',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const { bus, presence: alive } = await redisNode(t, redis, LONG_MS)
    const { presence: dead } = await redisNode(t, redis, 1)
    const lobby = await Lobby.of(bus)
    await dead.enter('lobby', ALICE, 'a1', 'online')
    await alive.enter('lobby', BOB, 'b1', 'online')
    while ((await alive.list('lobby', 9)).count > 1) await alive.renew()
    t.strictSame(await lobby.sofar(), ['alice join online by a1', 'bob join online by b1', 'alice leave online'])
    t.strictSame(
      (await alive.list('lobby', 9)).users.map(({ user }) => user.id),
      ['bob'],
    )
  },
)

t.test(
  'who was present all the time is restored in silence where Redis has lost all',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const { bus, presence } = await redisNode(t, redis, LONG_MS)
    const lobby = await Lobby.of(bus)
    await presence.enter('lobby', ALICE, 'a1', 'online')
    await presence.setStatus('alice', 'dnd')
    await presence.renew()
    const { rev } = await presence.list('lobby', 9)
    await redis.cli('flushall')
    await presence.renew()
    t.strictSame(await lobby.sofar(), ['alice join online by a1', 'alice update dnd'])
    t.match(await presence.list('lobby', 9), { users: [{ user: ALICE, status: 'dnd' }], count: 1 })
    await presence.setStatus('alice', 'away')
    await lobby.count(3)
    t.ok((lobby.revs.at(-1) ?? 0) > rev, 'rev grows over the loss')
  },
)

t.test(
  'nobody leaves because the broker was away, until every node had the time to come back',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const { bus, presence: early } = await redisNode(t, redis, LONG_MS)
    const { presence: late } = await redisNode(t, redis, 1)
    const lobby = await Lobby.of(bus)
    await late.enter('lobby', ALICE, 'a1', 'online')
    await early.enter('lobby', BOB, 'b1', 'online')
    early.pause()
    // Alice's lease of a millisecond and the grace are over when the clock of Redis says so.
    const now = async () => Number((await redis.cli('time')).split('\n')[0])
    for (const start = await now(); (await now()) <= start + 1; );
    await early.renew()
    t.notOk((await lobby.sofar()).includes('alice leave online'))
  },
)

t.test('a renewal does not bring back who leaves meanwhile', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { bus, presence } = await redisNode(t, redis, LONG_MS)
  const lobby = await Lobby.of(bus)
  await presence.enter('lobby', ALICE, 'a1', 'online')
  const renewal = presence.renew()
  await presence.exit('lobby', 'alice', 'a1', 'left')
  await renewal
  t.strictSame(await lobby.sofar(), ['alice join online by a1', 'alice leave online'])
  t.equal((await presence.list('lobby', 9)).count, 0)
  t.equal(await presence.statusOf('alice'), undefined)
})

t.test(
  'who leaves while the broker is away is told to have left when it is back',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const { bus, presence } = await redisNode(t, redis, LONG_MS)
    const { bus: elsewhere, presence: other } = await redisNode(t, redis, LONG_MS)
    const lobby = await Lobby.of(elsewhere)
    await bus.subscribe('lobby', { stored: () => {}, passing: () => {}, reset: () => {} })
    await presence.enter('lobby', ALICE, 'a1', 'online')
    await redis.cli('client', 'kill', 'type', 'normal', 'skipme', 'yes')
    await presence.exit('lobby', 'alice', 'a1', 'left')
    for (;;) {
      try {
        await presence.renew()
        t.equal((await other.list('lobby', 9)).count, 0)
        t.strictSame(await lobby.sofar(), ['alice join online by a1', 'alice leave online'])
        return
      } catch (error) {
        // Not back yet.
        if ((error as Error).name !== 'Unavailable') throw error
        await new Promise(setImmediate)
      }
    }
  },
)
