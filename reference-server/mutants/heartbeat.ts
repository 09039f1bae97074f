/** Faults in telling the living from the dead. */
import type { RuleMutant } from '../mutate.ts'

export const HEARTBEAT_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'heartbeat/pings-half-as-often',
    requirement: 'heartbeat/server-pings-every-interval',
    file: 'heartbeat.ts',
    before: '() => patient.ping(), limits.heartbeat_interval_ms)',
    after: '() => patient.ping(), 2 * limits.heartbeat_interval_ms)',
    about: 'The server pings every other interval.',
    shows: 'a ping to alice, got …then close 4301 heartbeat_timeout',
  },
  {
    id: 'heartbeat/pings-only-when-idle',
    requirement: 'heartbeat/traffic-does-not-hide-pings',
    file: 'heartbeat.ts',
    before: 'setInterval(() => patient.ping(),',
    after: 'setInterval(() => this.heardAt + limits.heartbeat_interval_ms <= performance.now() && patient.ping(),',
    about: 'Who sends gets no ping, and so cannot tell whether the server is dead.',
    shows: 'a ping although the connection is busy, got none',
  },
  {
    id: 'heartbeat/dead-ones-are-kept',
    requirement: 'heartbeat/silence-closes-4301',
    file: 'heartbeat.ts',
    before: 'if (left <= 0) this.patient.dead()',
    after: 'if (left <= 0) return',
    about: 'A connection that has gone silent is kept for ever.',
    shows: 'close 4301 heartbeat_timeout, got an open connection',
  },
  {
    id: 'heartbeat/no-grace',
    requirement: 'heartbeat/silence-closes-4301',
    file: 'heartbeat.ts',
    before: 'limits.heartbeat_interval_ms + limits.heartbeat_grace_ms',
    after: 'limits.heartbeat_interval_ms',
    about: 'The grace is told and not given.',
    shows: 'silence of interval + grace = … ms before 4301, got',
  },
  {
    id: 'heartbeat/only-pongs-count',
    requirement: 'heartbeat/any-text-counts-as-alive',
    file: 'connection.ts',
    before: `    this.heartbeat?.heard()
`,
    after: `    if (text.includes('"pong"')) this.heartbeat?.heard()
`,
    about: 'A client that talks but answers no ping is closed.',
    shows: 'a ping to wrong, got …then close 4301 heartbeat_timeout',
  },
  {
    id: 'heartbeat/only-pings-own-nonce',
    requirement: 'heartbeat/nonce-of-pong-is-not-checked',
    file: 'connection.ts',
    before: `      case 'pong':
        return
`,
    after: `      case 'pong':
        if (message.payload.nonce !== undefined) this.fail('heartbeat_timeout', 'not the nonce of the ping')
        return
`,
    about: 'A `pong` counts only with the nonce of the ping, which has none.',
    shows: 'a ping to alice, got …then close 4301 heartbeat_timeout',
  },
  {
    id: 'heartbeat/rfc-pongs-count',
    requirement: 'heartbeat/rfc-pongs-do-not-count',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    for (const event of ['ping', 'pong']) ws.on(event, () => (connection as any).heartbeat?.heard())
`,
    about: 'Control frames, which any library answers by itself, pass for a living application.',
    shows: 'close 4301 heartbeat_timeout, got an open connection',
  },
  {
    id: 'heartbeat/nonce-is-not-echoed',
    requirement: 'heartbeat/client-ping-gets-pong',
    file: 'connection.ts',
    before: 'nonce === undefined ? {} : { nonce }',
    after: '{}',
    about: 'The `pong` does not carry the nonce.',
    shows: 'pong {"reply_to":"…","nonce":"n-1"}, got {"reply_to":"…"}',
  },
  {
    id: 'heartbeat/rfc-ping-is-ignored',
    requirement: 'heartbeat/rfc-ping-gets-rfc-pong',
    file: 'server.ts',
    before: `    noServer: true,
`,
    after: `    noServer: true,
    autoPong: false,
`,
    about: 'Ping frames of RFC 6455 are not answered.',
    shows: 'an RFC 6455 pong with the payload of the ping, got none',
  },
  {
    id: 'heartbeat/pings-stop',
    requirement: 'heartbeat/server-pings-every-interval',
    file: 'heartbeat.ts',
    before: 'this.pinger = setInterval(() => patient.ping(), limits.heartbeat_interval_ms)',
    after: `let left = 3
    this.pinger = setInterval(() => left-- > 0 && patient.ping(), limits.heartbeat_interval_ms)`,
    about: 'The pings stop after a while: the timer was handed on and lost.',
    shows: 'a ping to alice, got …then close 4301 heartbeat_timeout',
  },
]
