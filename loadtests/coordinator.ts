/**
 * Hands each VU its share of the plan, holds all of them at the line until the last is ready, and takes their counts:
 * one WebSocket a VU, on a port and a path of its own on loopback. Tokens never touch a disk or a command line, and an
 * engine that loses the line knows that it is to end. VUs of several engines play one run: they share its zero.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Arrived, FromVu, Ready, Records, Sample, Second, Share, ToVu } from './scenarios/vu-messages.ts'

export interface Coordinator {
  /** Where VUs find it. */
  readonly url: string
  /** Resolves when every VU is there, to the run's zero: wall clock, in ms since 1970. */
  readonly arrived: Promise<number>
  /** Resolves when every connection of every VU is ready or has failed. */
  readonly ready: Promise<readonly Ready[]>
  /** Resolves when every VU has handed over its records. */
  readonly records: Promise<readonly Records[]>
  /** What VUs said so far, where not all of them did. */
  soFar(): { readonly ready: readonly Ready[]; readonly records: readonly Records[] }
  /** Gives out the shares, one a VU in the order of the shards; returns when the ramp begins, as `start` does. */
  deal(shares: readonly Share[]): number
  /** Begins; returns when: wall clock, in ms since 1970. */
  start(): number
  /** Calls the run off: VUs stop publishing and hand over what they have. */
  stop(): void
  /** Resolves when no VU of the shard is on the line, to whether all of them had handed over their records. */
  hungUp(shard: number): Promise<boolean>
  close(): Promise<void>
}

/** Between the word and the deed, in ms: enough for the word to reach every VU on a busy machine. */
export const NOTICE_MS = 200

/** Hears what VUs say while they play. */
export interface Listener {
  onSecond(second: Second): void
  onSample(sample: Sample): void
}

/** A VU that arrived. */
interface Line {
  readonly socket: WebSocket
  readonly shard: number
  readonly epoch: number
  handedOver: boolean
}

/** @param vus of each shard. */
export async function openCoordinator(vus: readonly number[], listener: Listener): Promise<Coordinator> {
  const path = `/${randomBytes(16).toString('hex')}`
  const http = createServer((_request, response) => response.writeHead(404).end())
  const server = new WebSocketServer({ server: http, path, perMessageDeflate: false, maxPayload: 2 ** 30 })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`
  const close = async () => {
    for (const line of server.clients) line.terminate()
    await new Promise((resolve) => http.close(resolve))
  }
  const coordinator = new LineCoordinator(vus, listener, { url, close })
  server.on('connection', (socket) =>
    socket.on('message', (data) => coordinator.take(socket, JSON.parse(String(data)))),
  )
  return coordinator
}

class LineCoordinator implements Coordinator {
  readonly url: string
  readonly close: () => Promise<void>
  readonly arrived: Promise<number>
  readonly ready: Promise<readonly Ready[]>
  readonly records: Promise<readonly Records[]>
  readonly #vus: readonly number[]
  readonly #listener: Listener
  readonly #lines: Line[] = []
  readonly #arrivals: Gathering<Line>
  readonly #ready: Gathering<Ready>
  readonly #records: Gathering<Records>
  #isStopped = false

  constructor(vus: readonly number[], listener: Listener, { url, close }: Pick<Coordinator, 'url' | 'close'>) {
    const total = vus.reduce((sum, count) => sum + count, 0)
    this.url = url
    this.close = close
    this.#vus = vus
    this.#listener = listener
    this.#arrivals = gather(total)
    this.#ready = gather(total)
    this.#records = gather(total)
    this.arrived = this.#arrivals.all.then(() => this.#zero())
    this.ready = this.#ready.all
    this.records = this.#records.all
  }

  /** Hears what a VU says. */
  take(socket: WebSocket, message: FromVu): void {
    if (message.type === 'second') this.#listener.onSecond(message)
    else if (message.type === 'sample') this.#listener.onSample(message)
    else if (message.type === 'ready') this.#ready.add(message)
    else if (message.type === 'arrived') this.#arrive(socket, message)
    else this.#handOver(socket, message)
  }

  soFar() {
    return { ready: this.#ready.soFar(), records: this.#records.soFar() }
  }

  deal(shares: readonly Share[]): number {
    const rampAt = Date.now() + NOTICE_MS
    const zero = this.#zero()
    const inOrder = this.#vus.flatMap((_, shard) => this.#ofShard(shard))
    inOrder.forEach((line, index) => {
      const share = shares[index]
      const epoch = this.#epochOf(line.shard)
      if (share !== undefined) tell(line, { type: 'share', share, zero, epoch, ramp_at: rampAt - zero })
      if (this.#isStopped) tell(line, { type: 'stop' })
    })
    return rampAt
  }

  start(): number {
    const startsAt = Date.now() + NOTICE_MS
    for (const line of this.#lines) tell(line, { type: 'start', at: startsAt - this.#zero() })
    return startsAt
  }

  stop(): void {
    this.#isStopped = true
    for (const line of this.#lines) tell(line, { type: 'stop' })
  }

  async hungUp(shard: number): Promise<boolean> {
    await Promise.all(this.#ofShard(shard).map(({ socket }) => closed(socket)))
    const found = this.#ofShard(shard)
    return found.length === this.#vus[shard] && found.every(({ handedOver }) => handedOver)
  }

  #arrive(socket: WebSocket, { shard, epoch }: Arrived) {
    const line = { socket, shard, epoch, handedOver: false }
    this.#lines.push(line)
    this.#arrivals.add(line)
  }

  #handOver(socket: WebSocket, records: Records) {
    for (const line of this.#lines) if (line.socket === socket) line.handedOver = true
    this.#records.add(records)
  }

  #ofShard(shard: number): readonly Line[] {
    return this.#lines.filter((line) => line.shard === shard)
  }

  /** A late measurement makes an epoch too early, so the latest of an engine's VUs is the nearest to the truth. */
  #epochOf(shard: number): number {
    return Math.max(...this.#ofShard(shard).map(({ epoch }) => epoch))
  }

  #zero(): number {
    return Math.min(...this.#vus.map((_, shard) => this.#epochOf(shard)))
  }
}

function tell({ socket }: Line, message: ToVu): void {
  socket.send(JSON.stringify(message))
}

function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve()
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

interface Gathering<T> {
  /** Resolves when as many are there as are expected. */
  readonly all: Promise<readonly T[]>
  soFar(): readonly T[]
  add(item: T): void
}

function gather<T>(expected: number): Gathering<T> {
  const found: T[] = []
  let complete: (all: readonly T[]) => void = () => {}
  const all = new Promise<readonly T[]>((resolve) => {
    complete = resolve
  })
  return {
    all,
    soFar: () => found,
    add(item) {
      found.push(item)
      if (found.length === expected) complete(found)
    },
  }
}
