/** Keeps a socket readable after a write to it has failed. */
import type net from 'node:net'

/**
 * A failed write makes net.Socket throw away what the peer sent before it hung up, such as the Close frame that says
 * why. So a failed write is only noted, and the end comes from reading, which yields what is left first.
 */
export function surviveFailedWrites(socket: net.Socket, failed: () => void): void {
  const survive = (done: (error?: Error | null) => void) => (error?: Error | null) => {
    if (error) failed()
    done()
  }
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  socket._write = (chunk, encoding, done) => write(chunk, encoding, survive(done))
  if (writev) socket._writev = (chunks, done) => writev(chunks, survive(done))
}
