/** What a load run is doing, in one line. */

export interface LoadProgress {
  readonly phase: 'preparing' | 'connecting' | 'publishing' | 'playing' | 'draining'
  /** Since the run began, and how long it will take at most. */
  readonly elapsed_ms: number
  readonly planned_ms: number
  readonly sockets: number
  readonly sockets_planned: number
  readonly published: number
  readonly delivered: number
  /** Deliveries in the last whole second. */
  readonly deliveries_per_s: number
  /** Of all deliveries so far, in ms. */
  readonly p99: number
  /** Deliveries that are owed for more than a second. */
  readonly missing: number
  /** Of the generator's own queue, so far, in ms. */
  readonly queue_p99: number
  /** What went wrong most, and how often. */
  readonly trouble?: string
}

/** Such as `publishing 4/12 s · 505 sockets · 80 sent · 8,000 delivered (2,000/s) · p99 3.1 ms · 0 missing`. */
export function progressLine(progress: LoadProgress): string {
  const { phase, elapsed_ms, planned_ms, sockets, sockets_planned, trouble } = progress
  const clock = `${phase} ${Math.floor(elapsed_ms / 1000)}/${Math.ceil(planned_ms / 1000)} s`
  const connected = phase === 'connecting' ? `${count(sockets)} of ${count(sockets_planned)}` : count(sockets)
  const traffic = progress.published > 0 ? trafficOf(progress) : []
  const parts = phase === 'preparing' ? [clock] : [clock, `${connected} sockets`, ...traffic]
  return [...parts, ...(trouble === undefined ? [] : [trouble])].join(' · ')
}

function trafficOf({ published, delivered, deliveries_per_s, p99, missing, queue_p99 }: LoadProgress): string[] {
  return [
    `${count(published)} sent`,
    `${count(delivered)} delivered (${count(deliveries_per_s)}/s)`,
    `p99 ${p99.toFixed(1)} ms`,
    `${count(missing)} missing`,
    `generator queue ${queue_p99.toFixed(1)} ms`,
  ]
}

const count = (value: number) => value.toLocaleString('en-US')
