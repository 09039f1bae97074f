/** The wire, as the protocol sees it. */
import type { Flow } from './inbox.ts'

export interface Transport extends Flow {
  /** An answer to the peer's own command, or a replayed frame: it does not count as waiting. */
  send(frame: string): void
  /** An event or a ping; false where the peer does not keep up, and then it was not sent. */
  deliver(frame: string | Buffer): boolean
  /** What may be lost: it is not sent where the peer falls behind. */
  offer(frame: Buffer): void
  isBehind(): boolean
  caughtUp(): Promise<void>
  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void
}
