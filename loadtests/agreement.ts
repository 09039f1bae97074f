/** Whether two receivers of the same messages tell the same latencies. Pure. */
import type { Latency, RefereeFigures } from '../schemas/generated/results.ts'
import type { Testimony } from './referee.ts'

/**
 * What a figure may differ by: a share of the greater one, or so many ms, whichever is more.
 *
 * Both sides hear every message, so a stall of the server is in both. What is left is which places in the write order of a
 * room each side holds (a few against hundreds), and how soon its process is scheduled. A median hardly feels the places;
 * 1 ms is what a process may wait for a core at a quiet moment, and what a wrong reading of the clock's tick costs. A p99
 * rests on the slowest hundredth: of 200 messages, on two (by binomial error 2 ± 1.4), and the next one in order may
 * well be a quarter away; 3 ms is a scheduler's time slice.
 *
 * k6 reads the frames of a room one after the other, at some 20 µs each, while the referee reads its few at once: the
 * frame in the middle of a room waits for half of them. That is the resolution of k6, and part of what it tells; it errs to
 * the slow side.
 */
const TOLERANCE = { p50: { share: 0.15, ms: 1 }, p99: { share: 0.3, ms: 3 } } as const
const READ_MS = 0.02

/**
 * The referee's figures beside those of the run; what they do not agree in is told as a reason.
 * @param room subscribers that one message goes to.
 */
export function agreementOf(
  measured: Pick<Latency, 'count' | 'p50' | 'p99'>,
  { receivers, latency }: Testimony,
  room: number,
) {
  const tolerance = toleranceFor(room)
  const differing = (['p50', 'p99'] as const).filter((name) => !isNear(tolerance[name], measured[name], latency[name]))
  const isHeard = measured.count > 0 && latency.count > 0
  const figures: RefereeFigures = {
    receivers,
    latency,
    p50_ratio: ratio(latency.p50, measured.p50),
    p99_ratio: ratio(latency.p99, measured.p99),
    tolerance,
    agrees: isHeard && differing.length === 0,
  }
  if (!isHeard) return { figures, reason: 'the referee has nothing to compare: one side received no message' }
  if (differing.length === 0) return { figures, reason: undefined }
  const told = differing.map((name) => `${name} ${ms(measured[name])} by k6, ${ms(latency[name])} by the referee`)
  return { figures, reason: `two receivers of the same messages disagree: ${told.join('; ')}` }
}

function toleranceFor(room: number): RefereeFigures['tolerance'] {
  const reading = (room / 2) * READ_MS
  const { p50, p99 } = TOLERANCE
  return { p50: { ...p50, ms: p50.ms + reading }, p99: { ...p99, ms: p99.ms + reading } }
}

function isNear({ share, ms }: RefereeFigures['tolerance']['p50'], a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(share * Math.max(a, b), ms)
}

const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b)

const ms = (value: number) => `${value.toFixed(1)} ms`
