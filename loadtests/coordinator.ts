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
export async function openCoordinator(vus: readonly number[], { onSecond, onSample }: Listener): Promise<Coordinator> {
  const path = `/${randomBytes(16).toString('hex')}`
  const http = createServer((_request, response) => response.writeHead(404).end())
  const server = new WebSocketServer({ server: http, path, perMessageDeflate: false, maxPayload: 2 ** 30 })
  const total = vus.reduce((sum, count) => sum + count, 0)
  const lines: Line[] = []
  const arrivals = gather<Line>(total)
  const ready = gather<Ready>(total)
  const records = gather<Records>(total)
  let stopped = false

  const tell = ({ socket }: Line, message: ToVu) => socket.send(JSON.stringify(message))
  const ofShard = (shard: number) => lines.filter((line) => line.shard === shard)
  const arrive = (socket: WebSocket, { shard, epoch }: Arrived) => {
    const line = { socket, shard, epoch, handedOver: false }
    lines.push(line)
    arrivals.add(line)
  }
  const take = (socket: WebSocket, message: FromVu) => {
    if (message.type === 'second') return onSecond(message)
    if (message.type === 'sample') return onSample(message)
    if (message.type === 'ready') return ready.add(message)
    if (message.type === 'arrived') return arrive(socket, message)
    for (const line of lines) if (line.socket === socket) line.handedOver = true
    records.add(message)
  }
  server.on('connection', (socket) => socket.on('message', (data) => take(socket, JSON.parse(String(data)))))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  /** A late measurement makes an epoch too early, so the latest of an engine's VUs is the nearest to the truth. */
  const epochOf = (shard: number) => Math.max(...ofShard(shard).map(({ epoch }) => epoch))
  const zero = () => Math.min(...vus.map((_, shard) => epochOf(shard)))

  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`,
    arrived: arrivals.all.then(zero),
    ready: ready.all,
    records: records.all,
    soFar: () => ({ ready: ready.soFar(), records: records.soFar() }),
    deal(shares) {
      const inOrder = vus.flatMap((_, shard) => ofShard(shard))
      const rampAt = Date.now() + NOTICE_MS
      const ramp_at = rampAt - zero()
      inOrder.forEach((line, index) => {
        const share = shares[index]
        if (share !== undefined) tell(line, { type: 'share', share, zero: zero(), epoch: epochOf(line.shard), ramp_at })
        if (stopped) tell(line, { type: 'stop' })
      })
      return rampAt
    },
    start() {
      const startsAt = Date.now() + NOTICE_MS
      for (const line of lines) tell(line, { type: 'start', at: startsAt - zero() })
      return startsAt
    },
    stop() {
      stopped = true
      for (const line of lines) tell(line, { type: 'stop' })
    },
    async hungUp(shard) {
      await Promise.all(ofShard(shard).map(({ socket }) => closed(socket)))
      const found = ofShard(shard)
      return found.length === vus[shard] && found.every(({ handedOver }) => handedOver)
    },
    async close() {
      for (const line of server.clients) line.terminate()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve()
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

function gather<T>(expected: number) {
  const found: T[] = []
  let complete: (all: readonly T[]) => void = () => {}
  const all = new Promise<readonly T[]>((resolve) => {
    complete = resolve
  })
  return {
    all,
    soFar: (): readonly T[] => found,
    add(item: T): void {
      found.push(item)
      if (found.length === expected) complete(found)
    },
  }
}
