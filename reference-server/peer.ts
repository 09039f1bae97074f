/** What a command sees of the connection that it came on. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { CloseName, ErrorCode } from '../schemas/generated/tables.ts'
import type { Credential } from './credential.ts'
import type { Envelope } from './framing.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { World } from './world.ts'

export interface Peer {
  readonly id: string
  readonly world: World
  readonly subscriptions: Subscriptions
  readonly credential: Credential
  isClosed(): boolean
  send(frame: string): void
  /** @param id undefined where the command had none, and then gets no answer */
  ok<Command extends keyof Chat.OkPayloads>(id: string | undefined, payload: Chat.OkPayloads[Command]): void
  /** An `error` that leaves the connection open, unless it is one too many. */
  refuse(to: Envelope, code: ErrorCode, message: string): void
  /** An `error {fatal: true}` and the close; the reason is the registry name. */
  fail(name: CloseName, message: string, to?: Envelope): void
  /** Saves the session as it is now. */
  remember(): Promise<void>
}
