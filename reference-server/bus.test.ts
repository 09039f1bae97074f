import t, { type Test } from 'tap'
import { startRedis, startRedisCluster, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import { PROFILES } from '../schemas/generated/tables.ts'
import type { Bus, Draft, Entry, Listener } from './bus.ts'
import { InProcessBus } from './in-process-bus.ts'
import { Broker } from './redis/broker.ts'
import { RedisBus } from './redis/bus.ts'

const LIMITS = { ...PROFILES.test, replay_max: 3, history_max: 2 }

/** A bus as one node has it, and as another that shares it. */
type Kind = (t: Test) => Promise<{ readonly bus: Bus; readonly other: Bus }>

const onRedis =
  (start: (t: Test) => Promise<string>): Kind =>
  async (t) => {
    const url = await start(t)
    const open = async () => {
      const broker = await Broker.connect(url, () => {})
      t.teardown(() => broker.close())
      return new RedisBus(broker, LIMITS, 1000)
    }
    return { bus: await open(), other: await open() }
  }

const KINDS: Record<string, Kind> = {
  'in process': async () => {
    const bus = new InProcessBus(LIMITS)
    return { bus, other: bus }
  },
  'on Redis': onRedis(async (t) => (await startRedis(t)).url),
  'on Redis Cluster': onRedis(async (t) => (await startRedisCluster(t))[0]?.url ?? ''),
}

const draft = (n: number, content = `text ${n}`): Draft => ({
  type: 'user_message',
  body: { from: { id: 'alice' }, client_msg_id: `m${n}`, text: content },
  once: { key: `m${n} alice`, content },
})
const note = (text: string): Draft => ({ type: 'system_message', body: { kind: 'note', text } })

/** Keeps what it hears, and can be waited for. */
class Ear implements Listener {
  readonly heard: unknown[] = []
  private wake = () => {}
  stored({ seq }: Entry) {
    this.hear(seq)
  }
  passing({ event }: Parameters<Listener['passing']>[0]) {
    this.hear(event.type)
  }
  reset({ seq }: { seq: number }) {
    this.hear(`reset to ${seq}`)
  }
  /** Resolves when so much was heard. */
  async count(count: number): Promise<unknown[]> {
    while (this.heard.length < count) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.heard
  }
  private hear(what: unknown) {
    this.heard.push(what)
    this.wake()
  }
}

type Behaviour = (t: Test, bus: Bus, other: Bus) => Promise<void>

/** What every bus does, alone or between nodes. Each has streams of its own. */
const BEHAVIOURS: Record<string, Behaviour> = {
  'entries are numbered from 1 without a hole, and heard in order by every node': async (t, bus, other) => {
    const [here, there] = [new Ear(), new Ear()]
    t.match(await bus.subscribe('order', here), { seq: 0 })
    await other.subscribe('order', there)
    const sent = Array.from({ length: 40 }, (_, n) => (n % 2 ? bus : other).publish('order', draft(n)))
    const seqs = (await Promise.all(sent)).map((receipt) => ('entry' in receipt ? receipt.entry.seq : 0))
    const all = Array.from({ length: 40 }, (_, n) => n + 1)
    t.strictSame(
      seqs.sort((a, b) => a - b),
      all,
    )
    t.strictSame(await here.count(40), all)
    t.strictSame(await there.count(40), all)
  },

  'an entry is the same for who sent it, who hears it and who reads it': async (t, bus, other) => {
    const heard = new Promise<Entry>((resolve) => {
      const listener = { stored: resolve, passing: () => {}, reset: () => {} }
      void other.subscribe('same', listener).then(() => bus.publish('same', draft(1, '💬 "\\" </script> é')))
    })
    const entry = await heard
    t.match(entry, {
      stream: 'same',
      seq: 1,
      id: `${entry.epoch}_1`,
      ts: /^\d{4}-.*\.\d{3}Z$/,
      ...draft(1, '💬 "\\" </script> é'),
    })
    t.strictSame(await bus.read('same', 0), [entry])
    const again = await bus.publish('same', draft(1, '💬 "\\" </script> é'))
    t.strictSame(again, { outcome: 'duplicate', entry })
  },

  'a repeat is found through another node and in flight together, other content is a conflict': async (
    t,
    bus,
    other,
  ) => {
    const both = await Promise.all([bus.publish('once', draft(1)), other.publish('once', draft(1))])
    t.strictSame(both.map(({ outcome }) => outcome).sort(), ['accepted', 'duplicate'])
    t.strictSame(await other.publish('once', draft(1, 'other')), { outcome: 'conflict' })
    t.match(await other.publish('once', note('without a client_msg_id')), { outcome: 'accepted', entry: { seq: 2 } })
    t.equal((await bus.read('once', 0)).length, 2, 'neither is stored')
  },

  'who subscribes hears all that comes after the head that it was told': async (t, bus, other) => {
    await bus.publish('late', note('1'))
    const ear = new Ear()
    const publishing = Promise.all([2, 3, 4, 5, 6].map((n) => other.publish('late', note(`${n}`))))
    const { seq } = await bus.subscribe('late', ear)
    await publishing
    const expected = [1, 2, 3, 4, 5, 6].slice(seq)
    t.strictSame((await ear.count(expected.length)).slice(-expected.length || 6), expected)
  },

  'what was stored before a call to catchUp has been heard at its end': async (t, bus, other) => {
    const ear = new Ear()
    await bus.subscribe('caught', ear)
    for (let n = 1; n <= 5; n++) {
      await other.publish('caught', note(`${n}`))
      await bus.catchUp('caught')
      t.equal(ear.heard.at(-1), n)
    }
  },

  'who has left hears nothing, and others go on': async (t, bus) => {
    const [gone, here] = [new Ear(), new Ear()]
    await bus.subscribe('left', gone)
    await bus.subscribe('left', here)
    bus.unsubscribe('left', gone)
    await bus.publish('left', note('1'))
    await here.count(1)
    bus.unsubscribe('left', here)
    await bus.publish('left', note('2'))
    const back = new Ear()
    t.match(await bus.subscribe('left', back), { seq: 2 })
    await bus.publish('left', note('3'))
    t.strictSame(await back.count(1), [3])
    t.strictSame([gone.heard, here.heard], [[], [1]])
  },

  'what passes is heard and not stored': async (t, bus, other) => {
    const ear = new Ear()
    await other.subscribe('passing', ear)
    const event = { type: 'typing', payload: { room: 'passing', user: { id: 'alice' }, state: 'start' } } as const
    await bus.pass('passing', { event, cause: 'c1' })
    t.strictSame(await ear.count(1), ['typing'])
    t.strictSame(await bus.read('passing', 0), [])
  },

  'a page is cut from the end in which paging goes on, and old entries are gone': async (t, bus, other) => {
    for (let n = 1; n <= 8; n++) await bus.publish('pages', note(`${n}`))
    const page = async (query: object) => {
      const { head, entries, more } = await other.page('pages', { limit: 2, ...query })
      return [head.seq, entries.map(({ seq }) => seq), more]
    }
    t.strictSame(await page({}), [8, [7, 8], true])
    t.strictSame(await page({ limit: 9 }), [8, [3, 4, 5, 6, 7, 8], false], 'twice what replay_max shows is kept')
    t.strictSame(await page({ before_seq: 5 }), [8, [3, 4], false])
    t.strictSame(await page({ before_seq: 6 }), [8, [4, 5], true])
    t.strictSame(await page({ before_seq: 0 }), [8, [], false])
    t.strictSame(await page({ after_seq: 0 }), [8, [3, 4], true])
    t.strictSame(await page({ after_seq: 6 }), [8, [7, 8], false])
    t.strictSame(await page({ after_seq: 8 }), [8, [], false])
    t.strictSame(
      (await bus.read('pages', 5)).map(({ seq }) => seq),
      [6, 7, 8],
    )
  },

  'a mark goes forward only, up to the head': async (t, bus, other) => {
    for (let n = 1; n <= 3; n++) await bus.publish('marks', note(`${n}`))
    t.equal(await bus.markOf('marks', 'alice'), undefined)
    t.strictSame(await bus.mark('marks', 'alice', 4), { ahead: true })
    t.strictSame(await bus.mark('marks', 'alice', 2), { ahead: false, seq: 2, advanced: true })
    t.strictSame(await other.mark('marks', 'alice', 1), { ahead: false, seq: 2, advanced: false })
    t.equal(await other.markOf('marks', 'alice'), 2)
    t.equal(await other.markOf('marks', 'bob'), undefined)
  },

  'a reset is told everywhere, and forgets entries, marks and what was sent': async (t, bus, other) => {
    const [here, there] = [new Ear(), new Ear()]
    const { epoch } = await bus.subscribe('reset', here)
    await other.subscribe('reset', there)
    await bus.publish('reset', draft(1))
    await bus.mark('reset', 'alice', 1)
    const head = await bus.reset('reset')
    t.equal(head.seq, 0)
    t.not(head.epoch, epoch)
    t.strictSame(await bus.read('reset', 0), [])
    t.equal(await bus.markOf('reset', 'alice'), undefined)
    t.match(await other.publish('reset', draft(1)), { outcome: 'accepted', entry: { seq: 1, epoch: head.epoch } })
    for (const ear of [here, there]) t.strictSame(await ear.count(3), [1, 'reset to 0', 1])
  },

  'an epoch is the same for all who use the stream first': async (t, bus, other) => {
    const [{ epoch }, { head }] = await Promise.all([
      bus.subscribe('first', new Ear()),
      other.page('first', { limit: 1 }),
    ])
    t.equal(head.epoch, epoch)
    t.match(await bus.publish('@me a}b{c', note('braces')), { entry: { seq: 1 } })
  },
}

for (const [name, open] of Object.entries(KINDS)) {
  t.test(`a bus ${name}`, { skip: name === 'in process' ? false : WITHOUT_REDIS }, async (t) => {
    const { bus, other } = await open(t)
    for (const [sentence, behaves] of Object.entries(BEHAVIOURS)) await t.test(sentence, (t) => behaves(t, bus, other))
  })
}
