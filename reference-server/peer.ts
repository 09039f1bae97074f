/** What a command sees of the connection that it came on. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { ErrorCode } from '../schemas/generated/tables.ts'
import type { Envelope } from './framing.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { World } from './world.ts'

export interface Peer {
  readonly id: string
  readonly world: World
  readonly subscriptions: Subscriptions
  /** @param id undefined where the command had none, and then gets no answer */
  ok<Command extends keyof Chat.OkPayloads>(id: string | undefined, payload: Chat.OkPayloads[Command]): void
  /** An `error` that leaves the connection open, unless it is one too many. */
  refuse(to: Envelope, code: ErrorCode, message: string): void
  /** Saves the session as it is now. */
  remember(): Promise<void>
}
