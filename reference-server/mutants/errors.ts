/** Faults in how an error is answered. */
import type { Mutant } from '../mutate.ts'

export const ERRORS_MUTANTS: readonly Mutant[] = [
  {
    id: 'errors/everything-is-retryable',
    requirement: 'errors/retryable-as-registered',
    file: 'connection.ts',
    before: 'const { retryable } = ERROR_CODES[code]',
    after: 'const retryable = true',
    about: 'Every error says that a retry may help.',
  },
  {
    id: 'errors/forbidden-closes',
    requirement: 'errors/keep-the-connection-open',
    file: 'connection.ts',
    before: `    if (code !== 'invalid_payload' && code !== 'unknown_type') return
`,
    after: `    if (code === 'forbidden') return this.fail('unauthorized', message)
    if (code !== 'invalid_payload' && code !== 'unknown_type') return
`,
    about: 'A command that is not allowed ends the connection.',
  },
  {
    id: 'errors/pong-gets-an-error',
    requirement: 'errors/without-id-no-answer',
    file: 'messages.ts',
    before: 'return envelope.id !== undefined || !ANSWERLESS.includes(envelope.type)',
    after: 'return true',
    about: 'A broken `pong` is answered with an error that names no command.',
  },
  {
    id: 'errors/unanswered-is-uncounted',
    requirement: 'errors/unanswered-ones-count',
    file: 'connection.ts',
    before: `    this.errors += 1
`,
    after: `    if (expectsAnswer(to)) this.errors += 1
`,
    about: 'Broken frames without an id may be sent for ever.',
  },
  {
    id: 'errors/rate-before-parse',
    requirement: 'errors/parse-comes-before-rate',
    file: 'connection.ts',
    before: '    if (!parsed.ok) return this.fail(',
    after: `    if (!parsed.ok && this.bucket?.take(performance.now()).verdict === 'reject') return
    if (!parsed.ok) return this.fail(`,
    about: 'Over the rate a frame is dropped before it is parsed.',
  },
  {
    id: 'errors/type-before-rate',
    requirement: 'errors/rate-comes-before-type',
    file: 'connection.ts',
    before: '    const rate = this.bucket.take(',
    after: `    if (!isClientType(envelope.type)) return this.refuse(envelope, 'unknown_type', 'no such type')
    const rate = this.bucket.take(`,
    about: 'Unknown types are answered without a look at the rate.',
  },
  {
    id: 'errors/grant-before-schema',
    requirement: 'errors/schema-comes-before-grant',
    file: 'connection.ts',
    before: `    const message = asClientMessage(envelope.type, envelope)
`,
    after: `    const named = (envelope.payload as { room?: string } | undefined)?.room
    if (typeof named === 'string' && !mayRead(claims.grants, named)) return this.refuse(envelope, 'forbidden', 'no')
    const message = asClientMessage(envelope.type, envelope)
`,
    about: 'Middleware looks at the grants before the message is validated.',
  },
  {
    id: 'errors/size-before-grant',
    requirement: 'errors/grant-comes-before-the-rest',
    file: 'send-message.ts',
    before: '  if (!mayWrite(claims.grants, room)) return',
    after: `  if (isTooLarge(metadata)) return peer.refuse(message, 'payload_too_large', 'no')
  if (!mayWrite(claims.grants, room)) return`,
    about: 'The size of metadata is checked for those who may not send at all.',
  },
  {
    id: 'errors/limit-before-grant',
    requirement: 'errors/grant-comes-before-the-rest',
    file: 'subscribe.ts',
    before: `  if (!mayRead(claims.grants, room)) {
`,
    after: `  if (subscriptions.rooms.length >= world.limits.max_rooms) {
    peer.refuse(message, 'limit_exceeded', 'no')
    return
  }
  if (!mayRead(claims.grants, room)) {
`,
    about: 'The number of rooms is checked for those who may not subscribe at all.',
  },
  {
    id: 'errors/unlisted-is-served',
    requirement: 'errors/unlisted-feature-is-unsupported',
    file: 'connection.ts',
    before: `['history', 'presence', 'typing', 'signal', 'read', 'notifications']`,
    after: `['presence', 'typing', 'signal', 'read', 'notifications']`,
    about: 'A feature is served that `welcome` does not list.',
  },
]
