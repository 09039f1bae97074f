import t, { type Test } from 'tap'
import { startRedis, startRedisCluster, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import { Crowd, type Figures } from './crowd-under-test.ts'
import { layWay } from './redis/way-under-test.ts'
import { type Lines, mint, start } from './server-under-test.ts'

/** By hand: OUTAGE_MS=10000 npx tap -R tap reference-server/outages.test.ts */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 3000)

/** An outage is longer than every lease; the clients are patient, since the machine may be busy. */
const LIMITS = {
  ...{ rate_per_s: 1000, rate_burst: 1000, replay_max: 1000 },
  ...{ heartbeat_interval_ms: 700, heartbeat_grace_ms: 5000 },
  ...{ resume_window_ms: 5000, dedupe_window_ms: 60_000 },
}
const MEMBERS = 6

t.jobs = 4

/** A broker that goes and comes back. */
interface Outage {
  readonly url: string
  begin(crowd: Crowd): unknown
  /** Undefined where it comes back by itself. */
  readonly end?: () => unknown
}

interface Kind {
  readonly open: (t: Test) => Promise<Outage>
  /** What was acknowledged may be gone with it: then everybody is told. */
  readonly loses?: true
  /** It is there all the time. */
  readonly serves?: true
}

const KINDS: Record<string, Kind> = {
  'that is killed, and started again empty': {
    loses: true,
    open: async (t) => {
      const redis = await startRedis(t)
      return { url: redis.url, begin: () => redis.kill(), end: () => redis.start() }
    },
  },
  'that is paused': {
    open: async (t) => {
      const { url, cli } = await startRedis(t)
      return { url, begin: () => cli('client', 'pause', `${OUTAGE_MS}`, 'all'), end: () => cli('ping') }
    },
  },
  'that stands still': {
    open: async (t) => {
      const redis = await startRedis(t)
      return { url: redis.url, begin: () => redis.standStill(), end: () => redis.goOn() }
    },
  },
  'that is full': {
    open: async (t) => {
      const { url, cli } = await startRedis(t)
      const limit = (bytes: number) => cli('config', 'set', 'maxmemory', `${bytes}`)
      return { url, begin: () => limit(1), end: () => limit(0) }
    },
  },
  'whose every answer is late': {
    serves: true,
    open: async (t) => {
      const way = await layWay(t, (await startRedis(t)).port)
      const begin = () => {
        way.delay = [50, 500]
      }
      const end = () => {
        way.delay = [0, 0]
      }
      return { url: way.url, begin, end }
    },
  },
  'whose replica takes over and lacks the last messages, while the old master turns replica': {
    loses: true,
    open: async (t) => {
      const [master, replica] = [await startRedis(t), await startRedis(t)]
      await replica.cli('replicaof', '127.0.0.1', `${master.port}`)
      while (!(await replica.cli('info', 'replication')).includes('master_link_status:up'));
      const way = await layWay(t, master.port)
      const begin = async (crowd: Crowd) => {
        await replica.cli('replicaof', 'no', 'one')
        await crowd.accepts(30)
        await master.cli('replicaof', '127.0.0.1', `${replica.port}`)
      }
      const end = () => {
        way.port = replica.port
      }
      return { url: way.url, begin, end }
    },
  },
  'Cluster of which a master dies, and its replica takes over': {
    loses: true,
    open: async (t) => {
      const [first, ...others] = await startRedisCluster(t, 1)
      if (first === undefined) throw new Error('there is no cluster')
      const slot = Number(await first.cli('cluster', 'keyslot', 'chat:{lobby}'))
      const owner = [first, ...others][Math.floor((slot * 3) / 16384)]
      return { url: first.url, begin: () => owner?.kill() }
    },
  },
  'Cluster of which a part is gone, and comes back empty': {
    loses: true,
    open: async (t) => {
      const [first, second, third] = await startRedisCluster(t)
      // The others would go on.
      for (const redis of [first, second, third])
        await redis?.cli('config', 'set', 'cluster-require-full-coverage', 'no')
      return { url: first?.url ?? '', begin: () => third?.kill(), end: () => third?.start() }
    },
  },
}

const later = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))
const statusOf = async ({ port }: { port: number }) => (await fetch(`http://127.0.0.1:${port}/readyz`)).status
const count = (lines: Lines, event: string) => lines.all.filter((line) => JSON.parse(line).event === event).length

for (const [name, kind] of Object.entries(KINDS)) {
  t.test(
    `with a Redis ${name} nothing is lost in silence, and all is well afterwards`,
    { skip: WITHOUT_REDIS },
    async (t) => {
      const outage = await kind.open(t)
      // Longer than lease and grace, too, where everybody stays connected; who has to come back is given the time.
      const limits = { ...LIMITS, presence_grace_ms: kind.loses ? 20_000 : 700 }
      const nodes = await Promise.all([1, 2, 3].map(() => start(t, limits, outage.url)))
      const urls = nodes.map(({ server }) => server.url)
      const token = (sub: string) => mint({ sub, exp: Date.now() / 1000 + 600 })
      const crowd = await Crowd.gather(t, urls, MEMBERS, token)

      await outage.begin(crowd)
      const began = performance.now()
      if (!kind.serves) {
        await crowd.allRefused()
        if (outage.end) t.strictSame(await Promise.all(nodes.map(({ server }) => statusOf(server))), [503, 503, 503])
      }
      if (outage.end) await later(OUTAGE_MS - (performance.now() - began))
      await outage.end?.()
      const ended = performance.now()
      await crowd.allHear()
      const recovered_ms = Math.round(performance.now() - ended)
      await crowd.accepts(10 * MEMBERS)
      t.strictSame(await Promise.all(nodes.map(({ server }) => statusOf(server))), [200, 200, 200])
      const figures: Figures = await crowd.account()
      const lost = nodes.map(({ lines }) => count(lines, 'broker_lost'))
      t.comment(JSON.stringify({ outage_ms: Math.round(ended - began), recovered_ms, broker_lost: lost, ...figures }))

      t.strictSame(figures.faults, [])
      t.equal(figures.silentLosses, 0)
      t.strictSame(figures.presenceEvents, [], 'everybody was there all the time')
      t.equal(figures.forgottenSessions, 0)
      // Who comes back to a node that is not yet back itself is sent on.
      const { 4201: sentOn = 0, ...closes } = figures.closes
      t.strictSame(Object.keys(closes), kind.loses ? ['4302'] : [])
      t.equal(figures.gapsAnnounced > 0, kind.loses === true)
      t.equal(figures.unavailable === 0, kind.serves === true)
      for (const { lines } of nodes) {
        t.ok(count(lines, 'broker_lost') <= 5, 'a loss is logged as one')
        t.ok(count(lines, 'failure') <= sentOn)
      }
    },
  )
}
