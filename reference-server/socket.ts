/** One `ws` socket as the protocol's transport, with a bound on what waits to be sent. */
import type { WebSocket } from 'ws'
import type { Limits } from '../schemas/generated/tables.ts'
import type { Transport } from './connection.ts'

/** How long a peer may take to answer a close frame, before its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 1000

const TEXT = { binary: false }

export class Socket implements Transport {
  private readonly ws: WebSocket
  private readonly limits: Limits
  /** Bytes of answers and replays on their way, which "do not count". */
  private exempt = 0
  /** Since when a write has been waiting behind others, by performance.now(). */
  private waitingSince: number | undefined

  constructor(ws: WebSocket, limits: Limits) {
    this.ws = ws
    this.limits = limits
  }

  send(frame: string): void {
    const bytes = Buffer.byteLength(frame)
    this.exempt += bytes
    this.ws.send(frame, TEXT, () => {
      this.exempt -= bytes
    })
  }

  deliver(frame: string | Buffer): boolean {
    const waiting = this.ws.bufferedAmount
    if (waiting === 0) this.ws.send(frame, TEXT)
    else if (waiting - this.exempt > this.limits.send_queue_bytes) return false
    else if (this.waitingSince === undefined) this.probe(frame)
    else if (performance.now() - this.waitingSince > this.longestWait()) return false
    else this.ws.send(frame, TEXT)
    return true
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason)
    this.ws.resume()
    const timer = setTimeout(() => this.ws.terminate(), CLOSE_TIMEOUT_MS)
    this.ws.once('close', () => clearTimeout(timer))
  }

  pause(): void {
    this.ws.pause()
  }

  resume(): void {
    this.ws.resume()
  }

  /** A frame whose own wait is measured. Pings come every interval, so that there always is one to tell. */
  private probe(frame: string | Buffer): void {
    this.waitingSince = performance.now()
    this.ws.send(frame, TEXT, () => {
      this.waitingSince = undefined
    })
  }

  private longestWait(): number {
    return this.limits.heartbeat_interval_ms + this.limits.heartbeat_grace_ms
  }
}
