/** The processes of a server, as they come and go: where one has ended, another may serve at its port by now. */
import { listenersOf } from './process-listener.ts'
import { readOrNothing } from './process-tree.ts'
import { type Usage, usageOf } from './process-usage.ts'

export class ServerProcesses {
  /** By the port at which they listen; one of which nothing was known at first is left alone. */
  readonly #listeners: Map<number, readonly number[]>
  readonly #own: readonly number[]
  /** CPU seconds as last told, and those of processes that have ended. */
  #told_s = 0
  #kept_s = 0

  /** @param own of a server that was started here; of another one, whoever listens at its ports of this machine. */
  constructor(own: number | undefined, ports: readonly number[]) {
    const found = own === undefined ? ports.map((port) => [port, listenersOf(port)] as const) : []
    this.#own = own === undefined ? [] : [own]
    this.#listeners = new Map(found.filter(([, pids]) => pids.length > 0))
  }

  /** Those that serve now. */
  get pids(): readonly number[] {
    for (const [port, pids] of this.#listeners) if (!pids.some(isThere)) this.#listeners.set(port, listenersOf(port))
    return [...this.#own, ...new Set([...this.#listeners.values()].flat())]
  }

  /** Of all of them; the CPU time of those that have ended is in it as far as it was seen, so that it never falls. */
  usage(): Usage | undefined {
    const usage = usageOf(...this.pids)
    if (usage === undefined) return undefined
    this.#kept_s += Math.max(0, this.#told_s - usage.cpu_s)
    this.#told_s = usage.cpu_s
    return { ...usage, cpu_s: usage.cpu_s + this.#kept_s }
  }
}

const isThere = (pid: number) => readOrNothing(`/proc/${pid}/comm`) !== undefined
