/** A WebSocket that says when its closing begins, which may be long before the TCP connection ends. */
import { WebSocket } from 'ws'

/** Emitted with the code of the close frame that came, or is about to be sent; 1005 where it holds none. */
export const CLOSING = 'closing'

export class ClosingWebSocket extends WebSocket {
  /** The library, too, answers the close frame of the peer by this. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason)
    this.emit(CLOSING, code ?? 1005)
  }
}
