/** Faults in permessage-deflate. */
import type { RuleMutant } from '../mutate.ts'

export const COMPRESSION_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'compression/is-required',
    requirement: 'compression/works-without',
    file: 'server.ts',
    before: '    if (!handshake.upgrade) refuseUpgrade(',
    after: `    if (!request.headers['sec-websocket-extensions']) refuseUpgrade(socket, 400, 'offer permessage-deflate')
    else if (!handshake.upgrade) refuseUpgrade(`,
    about: 'Who offers no compression is refused.',
    shows: 'HTTP 101 and a valid upgrade, got status 400, not 101',
  },
  {
    id: 'compression/negotiated-and-not-read',
    requirement: 'compression/compressed-messages-are-read',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    ;(ws as any)._receiver._extensions = {}
`,
    about: 'Compression is accepted, and compressed messages are not understood.',
    shows: 'ok to send_message, got …then close 1002',
  },
  {
    id: 'compression/bomb-inflates',
    requirement: 'compression/bomb-closes-1009',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    const receiver = (ws as any)._receiver
    const deflate = receiver._extensions['permessage-deflate']
    if (deflate) deflate._maxPayload = receiver._maxPayload = 0
`,
    about: 'The limit holds for what is sent, not for what comes of it.',
    shows: 'close 1009, or an abort, got an open connection',
  },
  {
    id: 'compression/keeps-its-window',
    requirement: 'compression/no-context-takeover',
    file: 'server.ts',
    before: `      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
`,
    after: '',
    about: 'Each socket keeps two windows of compression.',
    shows: 'no context takeover of the server and of the client [true,true], got [false,false]',
  },
  {
    id: 'compression/compresses-everything',
    requirement: 'compression/short-messages-are-not-compressed',
    file: 'server.ts',
    before: 'threshold: limits.compress_threshold_bytes',
    after: 'threshold: 0',
    about: 'The shortest message is compressed, and gets longer.',
    shows: 'lengths of compressed messages, all under 1024 [], got [',
  },
  {
    id: 'compression/not-negotiated',
    requirement: 'compression/may-be-negotiated',
    file: 'server.ts',
    before: '    perMessageDeflate: {',
    after: '    perMessageDeflate: false && {',
    about: 'permessage-deflate is not offered, which a server may leave out.',
    shows: 'permessage-deflate to be accepted, got no extension',
  },
]
