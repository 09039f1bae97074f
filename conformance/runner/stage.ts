/** The stage that one run of one case plays on: its name, its transcript, its patience and what is cleared away after it. */
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { TranscriptEntry } from '../../schemas/generated/results.ts'
import type { Target } from '../../schemas/target.ts'
import type { Case, Stage } from './case.ts'
import { watchForStalls } from './stall.ts'

/** A case whose waits are all bounded ends long before this, beside what it says it takes; one that does not is the harness's fault. */
const CASE_TIME_LIMIT_MS = 180_000

/** What a case threw (undefined where it resolved), what was seen, and how long it took. */
export interface Performance {
  readonly thrown: unknown
  readonly transcript: TranscriptEntry[]
  readonly durationMs: number
  /** The longest time for which this process stood still meanwhile. */
  readonly stalledMs: number
}

/** What every case of a run is given alike. */
export interface Setting {
  readonly target: Target
  /** See Stage. */
  readonly patience: number
  readonly maxWaitMs: number
  /** See Stage. */
  readonly octets?: boolean
  /** Aborting it ends the run. */
  readonly signal: AbortSignal
}

/** Plays one case once. Never rejects: whatever is thrown becomes part of the performance. */
export async function perform(one: Case, setting: Setting): Promise<Performance> {
  const began = performance.now()
  const stalled = watchForStalls()
  const limit = CASE_TIME_LIMIT_MS + (one.longestMs ?? 0)
  const transcript: TranscriptEntry[] = []
  let ended = false
  const cleanups: (() => void | Promise<void>)[] = []
  const outOfTime = AbortSignal.timeout(limit)
  const signal = AbortSignal.any([setting.signal, outOfTime])
  // Each connection of the case listens to it.
  setMaxListeners(0, signal)
  const stage: Stage = {
    target: setting.target,
    patience: setting.patience,
    maxWaitMs: setting.maxWaitMs,
    octets: setting.octets ?? false,
    // Users, rooms and the correlation id grow from it, so that cases run side by side on one server.
    name: `${one.id.replace('/', '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`,
    record: (entry) => void transcript.push({ at_ms: round(performance.now() - began), ...entry }),
    // What a case opens after it has ended, because something that it had started went on, is cleared away at once.
    cleanup: (action) => void (ended ? outcome(action) : cleanups.push(action)),
    signal,
  }
  let thrown = await outcome(() => race(one.run(stage), signal))
  ended = true
  const durationMs = round(performance.now() - began)
  for (const action of cleanups.reverse()) {
    const failed = await outcome(action)
    thrown ??= failed
  }
  if (outOfTime.aborted) thrown = new Error(`the case was still running after ${limit} ms`)
  return { thrown, transcript, durationMs, stalledMs: stalled() }
}

/** What the action threw; undefined where it resolved. */
async function outcome(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error ?? new Error('the case threw nothing at all')
  }
}

/** Rejects as soon as the signal aborts, for a case may be waiting on something that the signal does not reach. */
function race(running: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

const round = (ms: number) => Math.round(ms * 1000) / 1000
