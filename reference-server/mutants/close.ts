/** Faults in how a connection ends. */
import type { RuleMutant } from '../mutate.ts'

export const CLOSE_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'close/reason-is-prose',
    requirement: 'close/reason-is-the-name',
    file: 'connection.ts',
    before: 'this.end(code, name)',
    after: 'this.end(code, message)',
    about: 'The reason of a close is a sentence for humans.',
    shows: 'reason "protocol_error", got "the frame is not a JSON object"',
  },
  {
    id: 'close/no-fatal-error',
    requirement: 'close/fatal-error-comes-first',
    file: 'connection.ts',
    before: `if (name !== 'slow_consumer') this.transport.send(encode('error', error, to && replyTo(to)))`,
    after: '',
    about: 'The close comes without a word before it.',
    shows: 'an error to alice, got …then close 4003 duplicate_hello',
  },
  {
    id: 'close/client-close-is-ignored',
    requirement: 'close/client-close-is-answered',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    ;(ws as any)._receiver.removeAllListeners('conclude')
`,
    about: 'A close frame of the client is not answered.',
    shows: 'a Close frame in answer to ours, got',
  },
  {
    id: 'close/reason-too-long',
    requirement: 'close/reason-fits',
    file: 'connection.ts',
    before: 'this.end(code, name)',
    after: `this.end(code, \`\${name}: \${message}\`.padEnd(130, '.'))`,
    about: 'The reason is longer than a close frame can hold, which destroys the close.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'close/reset-takes-the-code',
    requirement: 'close/code-outruns-data-in-flight',
    file: 'socket.ts',
    before: `    this.ws.close(code, reason)
    this.ws.resume()
`,
    after: `    const tcp = (this.ws as any)._socket
    const read = tcp.bytesRead
    setTimeout(() => {
      if (tcp.bytesRead > read) tcp.resetAndDestroy()
      else this.ws.close(code, reason)
    }, 20)
`,
    about: 'Where data still comes in the connection is reset, and the close frame is lost.',
    shows: 'got the TCP connection was reset without a Close frame',
  },
]
