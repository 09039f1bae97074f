/** What the server counts, in the text form of Prometheus. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** What is measured only when it is asked for. */
export interface Gauges {
  readonly connections: number
  readonly queueBytes: number
}

const SECONDS_PER_NS = 1e-9

export class Metrics {
  /** Frames that were handed to connections. */
  deliveries = 0
  private readonly closes = new Map<number, number>()
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 10 })

  constructor() {
    this.loopDelay.enable()
  }

  /** @param code 1005 or 1006 where no close frame came */
  closed(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
  }

  render({ connections, queueBytes }: Gauges): string {
    const heap = getHeapStatistics()
    const delay = (quantile: number) => this.loopDelay.percentile(quantile * 100) * SECONDS_PER_NS
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
      ...metric('chat_event_loop_delay_seconds', 'gauge', 'Delay of the event loop since the start.', [
        ['{quantile="0.5"}', delay(0.5)],
        ['{quantile="0.99"}', delay(0.99)],
        ['{quantile="1"}', this.loopDelay.max * SECONDS_PER_NS],
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
    this.loopDelay.disable()
  }
}

type Sample = readonly [labels: string, value: number]

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ]
}
