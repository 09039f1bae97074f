/** Readers that stop reading: the others hear everything, as soon as before, and the server lets the sleepers go. */
import { CLOSE_CODES } from '../../schemas/generated/tables.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { openSleeper, type Sleeper } from '../sleeper.ts'
import { expiryAfter, waitUntil } from './beside.ts'
import type { BesideStage, ReviewStage, ScenarioPlan } from './plan.ts'
import { compareSpans, memoryOf } from './steadiness.ts'
import { TRAFFIC_PLAN } from './traffic.ts'

type SlowConsumer = PlayedWorkload<'slow-consumer'>

/** "Closed with 4203 or aborted." */
const LET_GO: readonly (number | undefined)[] = [CLOSE_CODES.slow_consumer.code, 1006]
/** So little is kept of a room that the memory shows what is kept for the sleepers. */
const KEPT_FOR_ALL = { replay_max: 50, history_max: 50, dedupe_window_ms: 1000 }
/** They subscribe so long before they stop reading, and read again so long before the last message, in ms. */
const SETTLE_MS = 500

export const slowConsumer: ScenarioPlan<SlowConsumer> = {
  ...TRAFFIC_PLAN,
  checks: (workload, { isOurs }) => ({
    sleepers_closed: 'who reads nothing is closed with 4203 or aborted before the end, whatever it sends',
    sleepers_prefix: 'what such a one reads afterwards has no gap',
    others_keep_latency: `while they sleep, the p99 of the others is at most ${workload.p99_factor} times what it was, or ${workload.p99_floor_ms} ms`,
    ...(isOurs && {
      memory_bounded: `while they sleep, the memory of the server grows by at most ${inMB(mostGrowth(workload))} MB`,
    }),
  }),
  describe: (workload) => `${TRAFFIC_PLAN.describe(workload)}, ${workload.sleepers} more stop reading`,
  limits: (workload) => ({
    ...TRAFFIC_PLAN.limits(workload),
    ...KEPT_FOR_ALL,
    send_queue_bytes: workload.send_queue_bytes,
  }),
  deal(workload, setting) {
    const { sleep_at_ms, duration_ms } = workload
    if (sleep_at_ms < duration_ms) return TRAFFIC_PLAN.deal(workload, setting)
    throw new WorkloadError(`sleep_at_ms ${sleep_at_ms} is not before the end of the ${duration_ms} ms of duration_ms`)
  },
  beside: sleepMeanwhile,
  review: reviewOthers,
}

const mostGrowth = ({ sleepers, send_queue_bytes, memory_allowance_bytes }: SlowConsumer) =>
  sleepers * (send_queue_bytes + memory_allowance_bytes)
const inMB = (bytes: number) => (bytes / 1e6).toFixed(1)

/** Subscribes the sleepers, sends them to sleep, and looks at the end what became of them. */
async function sleepMeanwhile(workload: SlowConsumer, stage: BesideStage): Promise<void> {
  const { startsAt, signal, checks } = stage
  const { sleepers: count, sleep_at_ms, duration_ms } = workload
  await waitUntil(startsAt + sleep_at_ms - SETTLE_MS, signal)
  if (signal.aborted) return
  const opened = await Promise.allSettled(Array.from({ length: count }, (_, number) => open(number, workload, stage)))
  const sleepers = opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  opened.forEach((one, number) => {
    if (one.status === 'rejected')
      checks.judge('sleepers_closed', false, () => `sleeper ${number} never slept: ${(one.reason as Error).message}`)
  })
  await waitUntil(startsAt + sleep_at_ms, signal)
  for (const sleeper of sleepers) sleeper.sleep()
  // What follows yet shows whether something is missing before it.
  await waitUntil(startsAt + duration_ms - SETTLE_MS, signal)
  const awakenings = await Promise.all(sleepers.map((sleeper) => sleeper.wake()))
  if (signal.aborted) return
  awakenings.forEach(({ code, read, gap }, number) => {
    const who = `sleeper ${number}`
    const how = code === undefined ? 'still open' : `closed with ${code}`
    checks.judge(
      'sleepers_closed',
      LET_GO.includes(code),
      () => `${who} was ${how} at the end, and read ${read} messages`,
    )
    checks.judge('sleepers_prefix', gap === undefined, () => `${who} read seq ${gap?.seq} in the place of ${gap?.next}`)
  })
}

async function open(number: number, { duration_ms }: SlowConsumer, stage: BesideStage): Promise<Sleeper> {
  const { target, deal, startsAt } = stage
  const rooms = [...new Set(deal.places.map(({ room }) => room))]
  const room = rooms[number % rooms.length] ?? ''
  const exp = expiryAfter(startsAt + duration_ms)
  const token = await target.mint({ sub: `${room}-sleeper-${number}`, rooms_read: [room], exp })
  return openSleeper({ url: target.urls[number % target.urls.length] ?? '', token, origin: target.origin, room })
}

function reviewOthers(workload: SlowConsumer, { checks, series, points, startAt, isOurs }: ReviewStage): void {
  const sleepAt = startAt + workload.sleep_at_ms
  const awake = { from: startAt, to: sleepAt }
  const asleep = { from: sleepAt, to: startAt + workload.duration_ms + workload.drain_ms }
  const compared = compareSpans(series, awake, asleep, workload)
  if (compared !== undefined) checks.judge('others_keep_latency', compared.holds, () => compared.breach)
  if (!isOurs) return
  const memory = memoryOf(points)
  const before = memory.findLast(({ at }) => at + 1000 <= sleepAt)?.value
  const most = Math.max(0, ...memory.filter(({ at }) => at >= sleepAt).map(({ value }) => value))
  if (before === undefined || most === 0) return
  checks.judge(
    'memory_bounded',
    most - before <= mostGrowth(workload),
    () => `it was ${inMB(before)} MB before, and ${inMB(most)} MB at most`,
  )
}
