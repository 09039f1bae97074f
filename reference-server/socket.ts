/** One `ws` socket as the protocol's transport, with a bound on what waits to be sent. */
import type { WebSocket } from 'ws'
import type { Limits } from '../schemas/generated/tables.ts'
import type { Transport } from './transport.ts'

/** How long a peer may take to answer a close frame, before its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 1000

/** A peer that reads nothing for so long makes no progress, and nobody waits for it. */
const PROGRESS_MS = 250

const TEXT = { binary: false }

export class Socket implements Transport {
  private readonly ws: WebSocket
  private readonly limits: Limits
  /** Bytes of events that wait in user space; answers and replays on their way "do not count". */
  private queued = 0
  /** When a waiting write was last done, or began to wait with none before it, by performance.now(). */
  private progressAt = 0
  private readonly waiters = new Set<() => void>()

  constructor(ws: WebSocket, limits: Limits) {
    this.ws = ws
    this.limits = limits
  }

  /** Bytes that wait to be sent, of whatever kind. */
  get waitingBytes(): number {
    return this.ws.bufferedAmount
  }

  send(frame: string): void {
    if (this.ws.bufferedAmount === 0) this.progressAt = performance.now()
    this.ws.send(frame, TEXT, () => this.flushed(0))
  }

  deliver(frame: string | Buffer): boolean {
    if (this.ws.bufferedAmount === 0) {
      this.progressAt = performance.now()
      this.ws.send(frame, TEXT)
      return true
    }
    if (this.queued > this.limits.send_queue_bytes || this.isStalled()) return false
    const bytes = Buffer.byteLength(frame)
    this.queued += bytes
    this.ws.send(frame, TEXT, () => this.flushed(bytes))
    return true
  }

  /** "Under pressure a server should drop `typing`, `signal` and `read` before it closes a connection." */
  offer(frame: Buffer): void {
    if (this.queued <= this.limits.send_queue_bytes / 2) this.deliver(frame)
  }

  isBehind(): boolean {
    return this.queued > this.limits.send_queue_bytes / 2 && performance.now() - this.progressAt < PROGRESS_MS
  }

  caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(), PROGRESS_MS)
      const done = () => {
        clearTimeout(timer)
        this.waiters.delete(done)
        resolve()
      }
      this.waiters.add(done)
    })
  }

  drained(): Promise<void> | undefined {
    return this.isFull() ? this.empty() : undefined
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

  private async empty(): Promise<void> {
    while (this.isFull()) await new Promise<void>((resolve) => this.waiters.add(resolve))
  }

  private isFull(): boolean {
    return this.ws.readyState === this.ws.OPEN && this.ws.bufferedAmount > this.limits.send_queue_bytes
  }

  private isStalled(): boolean {
    const longest = this.limits.heartbeat_interval_ms + this.limits.heartbeat_grace_ms
    return performance.now() - this.progressAt > longest
  }

  private flushed(bytes: number): void {
    this.queued -= bytes
    this.progressAt = performance.now()
    for (const wake of this.waiters) {
      this.waiters.delete(wake)
      wake()
    }
  }
}
