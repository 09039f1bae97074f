/**
 * Hands each VU its share of the plan, holds all of them at the line until the last is ready, and takes their counts:
 * one WebSocket a VU, on a port and a path of its own on loopback. Tokens never touch a disk or a command line, and an
 * engine that loses the line knows that it is to end.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Arrived, FromVu, Ready, Records, Sample, Second, Share, ToVu } from './scenarios/vu-messages.ts'

export interface Coordinator {
  /** Where VUs find it. */
  readonly url: string
  /** Resolves when every VU has its share. */
  readonly arrived: Promise<readonly Arrived[]>
  /** Resolves when every connection of every VU is ready or has failed. */
  readonly ready: Promise<readonly Ready[]>
  /** Resolves when every VU has handed over its records. */
  readonly records: Promise<readonly Records[]>
  /** What VUs said so far, where not all of them did. */
  soFar(): { readonly ready: readonly Ready[]; readonly records: readonly Records[] }
  /** Publishing begins at this time of the shared clock, in ms. */
  start(at: number): void
  /** Calls the run off: VUs stop publishing and hand over what they have. */
  stop(): void
  close(): Promise<void>
}

/** Between the word and the deed, in ms: enough for the word to reach every VU on a busy machine. */
export const NOTICE_MS = 200

/** Hears what VUs say while they play. */
export interface Listener {
  onSecond(second: Second): void
  onSample(sample: Sample): void
}

/** Opens a line for as many VUs as there are shares. */
export async function openCoordinator(
  shares: readonly Share[],
  { onSecond, onSample }: Listener,
): Promise<Coordinator> {
  const path = `/${randomBytes(16).toString('hex')}`
  const http = createServer((_request, response) => response.writeHead(404).end())
  const server = new WebSocketServer({ server: http, path, perMessageDeflate: false, maxPayload: 2 ** 30 })
  const lines = new Map<WebSocket, Share>()
  const arrivals = gather<Arrived>(shares.length)
  const ready = gather<Ready>(shares.length)
  const records = gather<Records>(shares.length)
  let stopped = false

  const tellAll = (tell: (share: Share) => ToVu) => {
    for (const [line, share] of lines) line.send(JSON.stringify(tell(share)))
  }
  const take = (line: WebSocket, message: FromVu) => {
    if (message.type === 'second') return onSecond(message)
    if (message.type === 'sample') return onSample(message)
    if (message.type === 'ready') return ready.add(message)
    if (message.type === 'records') return records.add(message)
    const share = shares[lines.size]
    if (share === undefined) return line.close()
    lines.set(line, share)
    arrivals.add(message)
    if (lines.size < shares.length) return
    const ramp_at = latest(arrivals.soFar()) + NOTICE_MS
    tellAll((share) => ({ type: 'share', share, ramp_at }))
    if (stopped) tellAll(() => ({ type: 'stop' }))
  }
  server.on('connection', (line) => line.on('message', (data) => take(line, JSON.parse(String(data)))))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`,
    arrived: arrivals.all,
    ready: ready.all,
    records: records.all,
    soFar: () => ({ ready: ready.soFar(), records: records.soFar() }),
    start: (at) => tellAll(() => ({ type: 'start', at })),
    stop() {
      stopped = true
      tellAll(() => ({ type: 'stop' }))
    },
    async close() {
      for (const line of server.clients) line.terminate()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** The latest reading of the shared clock. */
export function latest(readings: readonly { readonly now: number }[]): number {
  return Math.max(...readings.map(({ now }) => now))
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
