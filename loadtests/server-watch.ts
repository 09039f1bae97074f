/** Samples a server once a second, from outside: its processes by /proc, itself by `/metrics`. */
import { delayBetween } from './loop-delay.ts'
import { queuesOf, tcpMemory } from './process-sockets.ts'
import { sparing } from './process-sparing.ts'
import { treeOf } from './process-tree.ts'
import { pssOf } from './process-usage.ts'
import { type MetricsReading, mergeMetrics, type ServerMetrics } from './server-metrics.ts'
import { ServerProcesses } from './server-processes.ts'
import { metricsAddress, scrape } from './server-scrape.ts'

/** What could be had at one moment. */
export interface ServerSample extends ServerMetrics {
  /** Wall clock, in ms since 1970. */
  readonly at: number
  readonly pss_bytes?: number
  /** Of all TCP buffers of the machine, in which those of the generator are too. */
  readonly tcp_memory_bytes?: number
  /** In the kernel, on the server's side: written and not acknowledged; arrived and not read. */
  readonly unsent_bytes?: number
  readonly unread_bytes?: number
}

export interface WatchedServer {
  /** WebSocket addresses, one a node. */
  readonly urls: readonly string[]
  /** Of a server that was started here. */
  readonly pid?: number | undefined
}

const INTERVAL_MS = 1000
/** Names of this machine; a server elsewhere is known by its `/metrics` alone. */
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

export class ServerWatch {
  /** Names of the programs whose processes are measured: of a server that was found, whoever listens at its port. */
  readonly programs: readonly string[]
  readonly #samples: ServerSample[] = []
  readonly #nodes: readonly URL[]
  readonly #measures: readonly (() => Partial<ServerSample>)[]
  readonly #timer: ReturnType<typeof setInterval>
  /** By node, what it told last. */
  #told: readonly (MetricsReading | undefined)[] = []
  #underWay: Promise<void> | undefined

  constructor({ urls, pid }: WatchedServer) {
    this.#nodes = urls.map(metricsAddress)
    const ports = this.#nodes.filter(({ hostname }) => LOCAL.test(hostname)).map(portOf)
    // A node elsewhere would be missing in what is measured of processes.
    const isHere = ports.length === urls.length
    const processes = new ServerProcesses(pid, isHere ? ports : [])
    this.programs = [...new Set(treeOf(processes.pids).flatMap(({ name, isShell }) => (isShell ? [] : [name])))]
    const pss = sparing(() => pssOf(...processes.pids))
    const queues = sparing(() => sumOfQueues(ports))
    this.#measures = [
      () => processes.usage() ?? {},
      () => known('pss_bytes', pss()),
      ...(isHere ? [() => known('tcp_memory_bytes', tcpMemory()), () => queues() ?? {}] : []),
    ]
    this.#timer = setInterval(() => void this.sample(), INTERVAL_MS)
    void this.sample()
  }

  /** All samples so far, in their order. */
  get samples(): readonly ServerSample[] {
    return this.#samples
  }

  /** Takes a sample besides those that are due; resolves when it is there. Asks a server one thing at a time. */
  sample(): Promise<void> {
    this.#underWay ??= this.#take().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #take(): Promise<void> {
    const seen = { at: Date.now(), ...Object.assign({}, ...this.#measures.map((measure) => measure())) }
    const told = await Promise.all(this.#nodes.map(scrape))
    const nodes = told.map((node, at) => ({ ...node, ...delaySince(this.#told[at], node) }))
    this.#told = told
    // What the kernel says of a process is newer than what the process says of itself.
    this.#samples.push({ ...mergeMetrics(nodes), ...seen })
  }
}

const known = (name: keyof ServerSample, value: number | undefined) => (value === undefined ? {} : { [name]: value })

function delaySince(before: MetricsReading | undefined, now: MetricsReading | undefined): ServerMetrics {
  if (before?.loop_delays === undefined || now?.loop_delays === undefined) return {}
  const delay = delayBetween(before.loop_delays, now.loop_delays)
  return delay === undefined ? {} : { event_loop_delay_ms: delay }
}

const portOf = ({ port, protocol }: URL) => Number(port || (protocol === 'https:' ? 443 : 80))

function sumOfQueues(ports: readonly number[]): Pick<ServerSample, 'unsent_bytes' | 'unread_bytes'> | undefined {
  const queues = ports.map(queuesOf).filter((queue) => queue !== undefined)
  if (queues.length === 0) return undefined
  return {
    unsent_bytes: queues.reduce((sum, { unsent_bytes }) => sum + unsent_bytes, 0),
    unread_bytes: queues.reduce((sum, { unread_bytes }) => sum + unread_bytes, 0),
  }
}
