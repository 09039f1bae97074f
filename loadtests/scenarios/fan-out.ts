/** Publishers to every subscriber of their room: is each message delivered once, in order, and how soon after its time? */
import { startClock } from './clock.ts'
import { Inspector } from './inspector.ts'
import { join } from './join.ts'
import { pace, until, wait } from './pacer.ts'
import { type Publisher, publisher } from './publisher.ts'
import { Roster } from './roster.ts'
import { messagesOf, publishAt } from './schedule.ts'
import { type Subscriber, subscribe } from './subscriber.ts'
import { Tally } from './tally.ts'

// One event loop a core. k6 needs its options before the coordinator can be asked, so they come from the environment.
const vus = Number(__ENV.SHAKEDOWN_VUS)
const maxDuration = `${__ENV.SHAKEDOWN_MAX_SECONDS}s`
export const options = {
  scenarios: { play: { executor: 'per-vu-iterations', vus, iterations: 1, maxDuration, gracefulStop: '0s' } },
}

/** Copies beyond the first follow on the heels of the last message: stay to see them, in ms. */
const LINGER_MS = 250

export default async function fanOut() {
  const clock = startClock()
  const { share, rampAt, tell, start, stopped, handOver } = await join(clock)
  const { schedule } = share
  const roster = new Roster(share.publishers.length + share.subscribers.length)
  const tally = new Tally(clock.now, () => roster.present, tell)
  const inspector = new Inspector({
    note: (trouble) => roster.note(trouble),
    sample: (frame) => tell({ type: 'sample', frame }),
  })
  const stage = { share, clock, roster, tally, inspector }
  const plan = { now: clock.now, stopped }
  const subscribers: Subscriber[] = []
  const publishers: Publisher[] = []

  // Connect, each in its turn, and wait until everybody is ready: who subscribes late would miss what it is owed.
  const entries = [
    ...share.publishers.map((seat) => ({ seat, enter: () => publishers.push(publisher(seat, stage)) })),
    ...share.subscribers.map((seat) => ({ seat, enter: () => subscribers.push(subscribe(seat, stage)) })),
  ].sort((a, b) => a.seat.connect_ms - b.seat.connect_ms)
  const connectAt = (index: number) => rampAt + (entries[index]?.seat.connect_ms ?? 0)
  await pace({ ...plan, count: entries.length, dueAt: connectAt }, (index) => entries[index]?.enter())
  await until(() => roster.settled, rampAt + share.ready_ms, plan)
  // Who is called off has not failed.
  if (!stopped()) for (const member of [...publishers, ...subscribers]) member.giveUp()
  const granted = publishers.flatMap(({ grantedRate }) => grantedRate ?? [])
  const startAt = await start({
    ...roster.counts(),
    publishers_ready: publishers.filter(({ ready }) => ready).length,
    ...(granted.length > 0 ? { rate_per_s: Math.min(...granted) } : {}),
  })

  // Publish by the plan, whoever is still there.
  const numbers = publishers.map(({ number }) => number)
  const count = numbers.reduce((sum, number) => sum + messagesOf(schedule, number), 0)
  const dueAt = (index: number) => startAt + publishAt(schedule, numbers, index).due_ms
  await pace({ ...plan, count, dueAt }, (index) => {
    const message = publishAt(schedule, numbers, index)
    publishers[index % publishers.length]?.publish(message, startAt + message.due_ms)
  })

  // Wait for what is under way, and a little for what should not come.
  await until(() => false, startAt + schedule.messages * schedule.interval_ms, plan)
  const arrived = () => subscribers.every((s) => s.missing() === 0) && publishers.every((p) => p.unanswered() === 0)
  await until(arrived, clock.now() + share.drain_ms, plan)
  await wait(LINGER_MS)
  tally.close()
  handOver({
    subscriptions: subscribers.flatMap((subscriber) => subscriber.record() ?? []),
    publishers: publishers.map((publisher) => publisher.record()),
    malformed: inspector.malformed,
    ...roster.counts(),
  })
  for (const member of [...publishers, ...subscribers]) member.close()
}
