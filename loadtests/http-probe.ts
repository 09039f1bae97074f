/**
 * Asks a server's health paths while it is busy, with autocannon. Each probe is a connection that asks once a second;
 * several begin in turn, so that together they look at every part of a second: asked for a rate, autocannon sends all
 * of a second's requests at its start.
 */
import autocannon from 'autocannon'

export interface ProbeOptions {
  /** `http:` or `https:`, without a path. */
  readonly origin: string
  /** Such as `/healthz`. */
  readonly path: string
  /** Requests a second: so many connections. */
  readonly rate: number
  readonly onAnswer: (answer: ProbeAnswer) => void
}

/** What became of one request. */
export interface ProbeAnswer {
  /** Undefined where none came: the connection broke, or nothing was answered in time. */
  readonly status: number | undefined
  /** From the request to the end of its answer, or for how long it was waited for. */
  readonly ms: number
  /** What happened, where there is no status. */
  readonly fault?: string
}

/** What the types of autocannon leave out of its client: it emits these too, and is ended like this. */
interface Client {
  on(event: 'response', listener: (status: number, bytes: number, ms: number) => void): void
  on(event: 'request' | 'timeout' | 'done', listener: () => void): void
  on(event: 'connError', listener: (error: Error) => void): void
  destroy(): void
}

/** Between two requests of a probe, in ms. */
export const PROBE_INTERVAL_MS = 1000
const ANSWER_WITHIN_S = 10
/** A probe is ended from outside, long before this. */
const FOREVER_S = 1_000_000

/** Probes until it is stopped; `stop` resolves when the last connection is gone. */
export function startProbes(options: ProbeOptions): { stop(): Promise<void> } {
  const clients = new Set<Client>()
  const runs: Promise<unknown>[] = []
  const begin = () => {
    runs.push(probe(options, clients))
    if (runs.length === options.rate) clearInterval(beginning)
  }
  const beginning = setInterval(begin, PROBE_INTERVAL_MS / options.rate)
  return {
    async stop() {
      clearInterval(beginning)
      for (const client of clients) client.destroy()
      await Promise.all(runs)
    },
  }
}

function probe({ origin, path, onAnswer }: ProbeOptions, clients: Set<Client>): Promise<unknown> {
  const setupClient = (client: Client) => {
    clients.add(client)
    let askedAt: number | undefined
    const unanswered = (fault: string) => {
      if (askedAt !== undefined) onAnswer({ status: undefined, ms: performance.now() - askedAt, fault })
      askedAt = undefined
    }
    client.on('request', () => {
      askedAt = performance.now()
    })
    client.on('response', (status, _bytes, ms) => {
      askedAt = undefined
      onAnswer({ status, ms })
    })
    client.on('timeout', () => unanswered(`no answer within ${ANSWER_WITHIN_S} s`))
    client.on('connError', ({ message }) => {
      unanswered(message)
      // It would connect again without a pause.
      client.destroy()
    })
    client.on('done', () => {
      // What was asked just before the end is owed no answer by then.
      if (askedAt !== undefined && performance.now() - askedAt > PROBE_INTERVAL_MS) unanswered('no answer by the end')
      clients.delete(client)
    })
  }
  const pace = { connections: 1, connectionRate: 1, duration: FOREVER_S, timeout: ANSWER_WITHIN_S, sampleInt: 100 }
  // Its correction for coordinated omission takes every rate for 1,000 a second.
  const run = { url: `${origin}${path}`, ...pace, ignoreCoordinatedOmission: true, setupClient: setupClient as never }
  return Promise.resolve(autocannon(run))
}

/**
 * The latencies that one answer stands for, in ms: its own, and those of the requests which were due while it was
 * waited for and so were never sent.
 */
export function latenciesOf(ms: number): number[] {
  return Array.from({ length: 1 + Math.floor(ms / PROBE_INTERVAL_MS) }, (_, missed) => ms - missed * PROBE_INTERVAL_MS)
}
