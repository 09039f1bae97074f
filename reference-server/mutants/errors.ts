/** Faults in how an error is answered. */
import type { RuleMutant } from '../mutate.ts'

export const ERRORS_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'errors/everything-is-retryable',
    requirement: 'errors/retryable-as-registered',
    file: 'connection.ts',
    before: 'const { retryable } = ERROR_CODES[code]',
    after: 'const retryable = true',
    about: 'Every error says that a retry may help.',
    shows: 'retryable of unknown_type false, got true',
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
    shows: 'error invalid_payload…, got …then close 4100 unauthorized',
  },
  {
    id: 'errors/pong-gets-an-error',
    requirement: 'errors/without-id-no-answer',
    file: 'messages.ts',
    before: 'return envelope.id !== undefined || !ANSWERLESS.includes(envelope.type)',
    after: 'return true',
    about: 'What is broken and asks for no answer gets an error that names no command.',
    shows: 'errors 0, got',
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
    shows: 'close 4005 too_many_errors…, got an open connection',
  },
  {
    id: 'errors/rate-before-parse',
    requirement: 'errors/parse-comes-before-rate',
    file: 'connection.ts',
    before: '    if (!parsed.ok) return this.fail(',
    after: `    if (!parsed.ok && this.bucket?.take(performance.now()).verdict === 'reject') return
    if (!parsed.ok) return this.fail(`,
    about: 'Over the rate a frame is dropped before it is parsed.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'errors/type-before-rate',
    requirement: 'errors/rate-comes-before-type',
    file: 'connection.ts',
    before: '    const rate = this.bucket.take(',
    after: `    if (!isClientType(envelope.type)) return this.refuse(envelope, 'unknown_type', 'no such type')
    const rate = this.bucket.take(`,
    about: 'Unknown types are answered without a look at the rate.',
    shows: 'pings answered and types looked at, got',
  },
  {
    id: 'errors/grant-before-schema',
    requirement: 'errors/schema-comes-before-grant',
    file: 'connection.ts',
    before: `    const message = asClientMessage(envelope.type, envelope)
`,
    after: `    const named = (envelope.payload as { room?: string } | undefined)?.room
    const isOpen = claims.grants.write.some((grant) => named?.startsWith(grant.replace('*', '')))
    if (named !== undefined && !isOpen) return this.refuse(envelope, 'forbidden', 'no')
    const message = asClientMessage(envelope.type, envelope)
`,
    about: 'Middleware looks at the grants before the message is validated.',
    shows: 'error invalid_payload, got error forbidden',
  },
  {
    id: 'errors/size-before-grant',
    requirement: 'errors/grant-comes-before-the-rest',
    file: 'send-message.ts',
    before: '  if (!mayWrite(claims.grants, room)) return',
    after: `  if (isTooLarge(metadata)) return peer.refuse(message, 'payload_too_large', 'no')
  if (!mayWrite(claims.grants, room)) return`,
    about: 'The size of metadata is checked for those who may not send at all.',
    shows: 'error forbidden, got error payload_too_large',
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
    shows: 'error forbidden, got error limit_exceeded',
  },
  {
    id: 'errors/unlisted-is-served',
    requirement: 'errors/unlisted-feature-is-unsupported',
    file: 'connection.ts',
    before: `    if (!isServed(message.type, this.world.features)) return this.refuse(message, 'unsupported', 'not served here')
`,
    after: '',
    without: ['history'],
    about: 'What `welcome` does not list is served all the same.',
    shows: 'error unsupported, got ok',
  },
  {
    id: 'errors/schema-before-type',
    requirement: 'errors/type-comes-before-schema',
    file: 'connection.ts',
    before: '    if (!isClientType(envelope.type)) return',
    after: `    const isShaped = replyTo(envelope) !== undefined && typeof envelope.payload === 'object'
    if (!isShaped && !isClientType(envelope.type)) return this.refuse(envelope, 'invalid_payload', 'no id or payload')
    if (!isClientType(envelope.type)) return`,
    about: 'The envelope is validated before its type is looked at.',
    shows: 'error unknown_type, got error invalid_payload',
  },
  {
    id: 'errors/feature-before-schema',
    requirement: 'errors/schema-comes-before-feature',
    file: 'connection.ts',
    before: `    const message = asClientMessage(envelope.type, envelope)
`,
    after: `    if (!isServed(envelope.type, this.world.features))
      return this.refuse(envelope, 'unsupported', 'not served here')
    const message = asClientMessage(envelope.type, envelope)
`,
    without: ['signal'],
    about: 'What is not served is refused before it is validated.',
    shows: 'error invalid_payload, got error unsupported',
  },
  {
    id: 'errors/grant-before-feature',
    requirement: 'errors/feature-comes-before-grant',
    file: 'connection.ts',
    before: `    if (!isServed(message.type, this.world.features)) return this.refuse(message, 'unsupported', 'not served here')
`,
    after: `    if (!isServed(message.type, this.world.features)) {
      const { room = '' } = message.payload as { readonly room?: string }
      const isOpen = claims.grants.write.some((grant) => room.startsWith(grant.replace('*', '')))
      return this.refuse(message, isOpen ? 'unsupported' : 'forbidden', 'not served here')
    }
`,
    without: ['signal'],
    about: 'What is not served is refused after the grant was looked at.',
    shows: 'error unsupported, got error forbidden',
  },
  {
    id: 'errors/subscription-before-grant',
    requirement: 'errors/grant-comes-before-subscription',
    file: 'ephemeral.ts',
    before: '  if (!mayWrite(grants, room)) peer',
    after: `  if (!peer.subscriptions.has(room)) peer.refuse(message, 'not_subscribed', 'not subscribed')
  else if (!mayWrite(grants, room)) peer`,
    about: 'The subscription is looked at before the grant.',
    shows: 'error forbidden, got error not_subscribed',
  },
  {
    id: 'errors/size-before-subscription',
    requirement: 'errors/subscription-comes-before-the-rest',
    file: 'ephemeral.ts',
    before: `  if (!mayPass(peer, message, claims)) return
  if (isTooLarge`,
    after: `  if (mayWrite(claims.grants, room) && isTooLarge(data)) return peer.refuse(message, 'payload_too_large', 'no')
  if (!mayPass(peer, message, claims)) return
  if (isTooLarge`,
    about: 'The size of `data` is looked at before the subscription.',
    shows: 'error not_subscribed, got error payload_too_large',
  },
  {
    id: 'errors/seq-before-subscription',
    requirement: 'errors/subscription-comes-before-the-rest',
    file: 'mark-read.ts',
    before: '  if (!peer.subscriptions.has(room)) return',
    after: `  const { head } = await bus.page(room, { limit: 1 })
  if (seq > head.seq) return peer.refuse(message, 'invalid_payload', 'beyond the head')
  if (!peer.subscriptions.has(room)) return`,
    about: 'The seq is looked at before the subscription.',
    shows: 'error not_subscribed, got error invalid_payload',
  },
]
