/** What the server counts, in the text form of Prometheus. */
import { getHeapStatistics } from 'node:v8'

/** What is measured only when it is asked for. */
export interface Gauges {
  readonly connections: number
  readonly queueBytes: number
}

/** How often the event loop is asked whether it is late, in ms. */
const LOOP_TICK_MS = 10
/** Upper bounds of the buckets of its delay, in seconds. */
const LOOP_DELAYS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export class Metrics {
  /** Frames that were handed to connections. */
  deliveries = 0
  private readonly closes = new Map<number, number>()
  /** Counts by bucket; the last is for whatever is longer. */
  private readonly loopDelays = new Array<number>(LOOP_DELAYS.length + 1).fill(0)
  private loopDelaySum = 0
  private readonly loopTimer: ReturnType<typeof setInterval>

  constructor() {
    let tickedAt = performance.now()
    this.loopTimer = setInterval(() => {
      const now = performance.now()
      this.loopDelayed(Math.max(0, now - tickedAt - LOOP_TICK_MS) / 1000)
      tickedAt = now
    }, LOOP_TICK_MS).unref()
  }

  /** @param code 1005 or 1006 where no close frame came */
  closed(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
  }

  render({ connections, queueBytes }: Gauges): string {
    const heap = getHeapStatistics()
    const codes = [...this.closes].sort(([a], [b]) => a - b)
    return [
      ...metric('chat_connections', 'gauge', 'Open WebSocket connections.', [['', connections]]),
      ...metric('chat_deliveries_total', 'counter', 'Frames delivered to connections.', [['', this.deliveries]]),
      ...metric('chat_send_queue_bytes', 'gauge', 'Bytes that wait in the server to be sent.', [['', queueBytes]]),
      ...metric(
        'chat_closes_total',
        'counter',
        'Closed connections by close code.',
        codes.map(([code, count]) => [`{code="${code}"}`, count]),
      ),
      ...metric('chat_event_loop_delay_seconds', 'histogram', 'How late the event loop came to a timer.', [
        ...this.loopBuckets(),
        ['_sum', this.loopDelaySum],
      ]),
      ...metric('chat_heap_used_bytes', 'gauge', 'Used heap of V8.', [['', heap.used_heap_size]]),
      ...metric('chat_heap_total_bytes', 'gauge', 'Heap that V8 has reserved.', [['', heap.total_heap_size]]),
      ...metric('chat_external_bytes', 'gauge', 'Memory outside the heap, such as buffers.', [
        ['', heap.external_memory],
      ]),
      '',
    ].join('\n')
  }

  stop(): void {
    clearInterval(this.loopTimer)
  }

  private loopDelayed(seconds: number): void {
    const at = LOOP_DELAYS.findIndex((bound) => seconds <= bound)
    const bucket = at < 0 ? LOOP_DELAYS.length : at
    this.loopDelays[bucket] = (this.loopDelays[bucket] ?? 0) + 1
    this.loopDelaySum += seconds
  }

  /** Cumulative, as Prometheus has them; two readings tell what lies between. */
  private loopBuckets(): Sample[] {
    let below = 0
    const buckets = this.loopDelays.map((count, at): Sample => {
      below += count
      return [`_bucket{le="${LOOP_DELAYS[at] ?? '+Inf'}"}`, below]
    })
    return [...buckets, ['_count', below]]
  }
}

/** What follows the metric's name: a suffix, labels, or nothing. */
type Sample = readonly [suffix: string, value: number]

function metric(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([suffix, value]) => `${name}${suffix} ${value}`),
  ]
}
