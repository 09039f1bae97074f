/** Faults in reading a frame. */
import type { RuleMutant } from '../mutate.ts'

export const FRAMING_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'framing/binary-is-read-as-text',
    requirement: 'framing/binary-closes-1003',
    file: 'server.ts',
    before: `if (isBinary) connection.receiveBinary()
      else connection.receiveText(data.toString())`,
    after: 'connection.receiveText(data.toString())',
    about: 'A binary message is read as if it were text.',
    shows: 'close 1003, got an open connection',
  },
  {
    id: 'framing/utf8-is-not-validated',
    requirement: 'framing/invalid-utf8-terminates',
    file: 'server.ts',
    before: `    noServer: true,
`,
    after: `    noServer: true,
    skipUTF8Validation: true,
`,
    about: 'Octets that are not UTF-8 become replacement characters.',
    shows: 'the connection to end, got an open connection',
  },
  {
    id: 'framing/utf8-error-is-a-protocol-error',
    requirement: 'framing/invalid-utf8-closes-1007',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    const close = ws.close.bind(ws)
    ws.close = (code, reason) => close(code === 1007 ? 1002 : code, reason)
`,
    about: 'Text that is not UTF-8 is closed like any other fault of the wire, with 1002.',
    shows: 'close 1007, got close 1002',
  },
  {
    id: 'framing/maximum-is-exclusive',
    requirement: 'framing/maximum-size-is-accepted',
    file: 'server.ts',
    before: 'maxPayload: limits.max_message_bytes',
    after: 'maxPayload: limits.max_message_bytes - 1',
    about: 'A message of exactly the maximum is refused.',
    shows: 'a pong to a ping of the maximum size, got …then close 1009',
  },
  {
    id: 'framing/size-is-not-bounded',
    requirement: 'framing/over-maximum-size-closes-1009',
    file: 'server.ts',
    before: 'maxPayload: limits.max_message_bytes',
    after: 'maxPayload: 0',
    about: 'Messages of any length are read.',
    shows: 'close 1009, got an open connection',
  },
  {
    id: 'framing/fragments-are-refused',
    requirement: 'framing/fragments-are-accepted',
    file: 'server.ts',
    before: `    noServer: true,
`,
    after: `    noServer: true,
    maxFragments: 1,
`,
    about: 'A message in fragments is refused.',
    shows: 'a pong to a fragmented ping, got …then close 1008',
  },
  {
    id: 'framing/nan-is-null',
    requirement: 'framing/unparseable-closes-4000',
    file: 'framing.ts',
    before: 'value = JSON.parse(text)',
    after: `value = JSON.parse(text.replace(/-?\\b(NaN|Infinity)\\b/g, 'null'))`,
    about: 'The JSON parser knows NaN and Infinity.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'framing/unparseable-stays-open',
    requirement: 'framing/unparseable-closes-4000',
    file: 'connection.ts',
    before: `return this.fail('protocol_error', parsed.fault)`,
    after: `return this.refuse({ type: '' }, 'invalid_payload', parsed.fault)`,
    about: 'What is no JSON gets an error, and the connection goes on.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'framing/arrays-are-batches',
    requirement: 'framing/not-an-object-closes-4000',
    file: 'framing.ts',
    before: `  if (typeof value !== 'object' ||`,
    after: `  if (Array.isArray(value)) value = value[0]
  if (typeof value !== 'object' ||`,
    about: 'An array is taken for a batch of messages.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'framing/null-throws',
    requirement: 'framing/not-an-object-closes-4000',
    file: 'framing.ts',
    before: `typeof value !== 'object' || value === null || Array.isArray(value)`,
    after: `typeof value !== 'object' || Array.isArray(value)`,
    about: '`null` passes for an object, and the next line throws.',
    shows: 'close 4000 protocol_error, got close 4200 internal',
  },
  {
    id: 'framing/no-type-is-an-unknown-type',
    requirement: 'framing/no-type-closes-4000',
    file: 'framing.ts',
    before: `if (typeof (value as Partial<Envelope>).type !== 'string') return { ok: false, fault: 'type is missing or no string' }`,
    after: '',
    about: 'An object without a type is answered like one of an unknown type.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'framing/depth-is-not-bounded',
    requirement: 'framing/depth-over-maximum-closes-4000',
    file: 'framing.ts',
    before: 'if (depth > maxDepth) return true',
    after: '',
    about: 'JSON of any depth is read.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
  {
    id: 'framing/depth-off-by-one',
    requirement: 'framing/depth-over-maximum-closes-4000',
    file: 'framing.ts',
    before: 'if (depth > maxDepth) return true',
    after: 'if (depth >= maxDepth) return true',
    about: 'Exactly the maximum depth is refused.',
    shows: 'a pong to a ping 16 deep, got …then close 4000 protocol_error',
  },
  {
    id: 'framing/huge-numbers-are-infinite',
    requirement: 'framing/huge-number-is-never-relayed',
    file: 'framing.ts',
    before: `if (hasOverflow(value)) return { ok: false, fault: 'a number overflows a double' }`,
    after: '',
    about: '1e400 is read as infinite and relayed as null.',
    shows: 'invalid_payload or close 4000, got ok',
  },
  {
    id: 'framing/first-key-wins',
    requirement: 'framing/duplicate-key-never-first-wins',
    file: 'framing.ts',
    before: 'value = JSON.parse(text)',
    after: `value = JSON.parse(text.replace(/("\\w+"):("[^"]*"),\\1:"[^"]*"/g, '$1:$2'))`,
    about: 'Of two equal keys the parser keeps the first.',
    shows: 'text "last", got "first"',
  },
  {
    id: 'framing/unknown-type-closes',
    requirement: 'framing/unknown-type-is-refused',
    file: 'connection.ts',
    before: `return this.refuse(envelope, 'unknown_type', 'clients send no such type')`,
    after: `return this.fail('protocol_error', 'clients send no such type', envelope)`,
    about: 'A type of a newer client ends the connection.',
    shows: 'error unknown_type, got error protocol_error',
  },
  {
    id: 'framing/server-types-are-known',
    requirement: 'framing/server-type-is-refused',
    file: 'connection.ts',
    before: `return this.refuse(envelope, 'unknown_type', 'clients send no such type')`,
    after: `return this.refuse(envelope, envelope.type === 'welcome' ? 'invalid_payload' : 'unknown_type', 'no')`,
    about: 'One table of types serves for both directions.',
    shows: 'error unknown_type, got error invalid_payload',
  },
  {
    id: 'framing/types-are-trimmed',
    requirement: 'framing/type-off-pattern-is-refused',
    file: 'framing.ts',
    before: 'return { ok: true, envelope: value as Envelope }',
    after: `const { type } = value as Envelope
  return { ok: true, envelope: { ...value, type: type.trim().toLowerCase() } }`,
    about: '`Ping` and `ping` with a newline are taken for `ping`.',
    shows: 'error unknown_type…, got pong',
  },
  {
    id: 'framing/payload-is-not-validated',
    requirement: 'framing/schema-error-is-invalid-payload',
    file: 'messages.ts',
    before: 'if (!clientValidators[type](envelope)) return undefined',
    after: '',
    about: 'A payload is used as it comes, and what it lacks throws.',
    shows: [
      'refused by the schema…, got ',
      'invalid_payload…, got error forbidden',
      'invalid_payload…, got pong',
      'got …then close 4200 internal',
    ],
  },
  {
    id: 'framing/pattern-ends-before-newline',
    requirement: 'framing/patterns-match-the-whole-string',
    file: 'messages.ts',
    before: 'if (!clientValidators[type](envelope)) return undefined',
    after: `if (!clientValidators[type](JSON.parse(JSON.stringify(envelope).replaceAll('\\\\n"', '"')))) return undefined`,
    about: '`$` of a pattern matches before a final newline, as it does in Python.',
    shows: 'error invalid_payload, got ok',
  },
  {
    id: 'framing/missing-id-is-made-up',
    requirement: 'framing/bad-id-is-invalid-payload',
    file: 'messages.ts',
    before: 'if (!clientValidators[type](envelope)) return undefined',
    after: `if (!clientValidators[type]({ ...envelope, id: replyTo(envelope) ?? 'x' })) return undefined`,
    about: 'A command without a valid id is done all the same.',
    shows: ['an error to alice, got pong', 'an answer…, got …within', 'refused by the schema…, got pong'],
  },
  {
    id: 'framing/errors-without-end',
    requirement: 'framing/too-many-errors-closes-4005',
    file: 'connection.ts',
    before: `if (this.errors > this.world.limits.max_errors) this.fail('too_many_errors', 'too many errors in a row')`,
    after: '',
    about: 'Invalid messages are answered for ever.',
    shows: 'close 4005 too_many_errors, got an open connection',
  },
  {
    id: 'framing/one-error-too-few',
    requirement: 'framing/too-many-errors-closes-4005',
    file: 'connection.ts',
    before: 'this.errors > this.world.limits.max_errors',
    after: 'this.errors >= this.world.limits.max_errors',
    about: 'The close comes with the last error that was still allowed.',
    shows: 'ok to unsubscribe, got …then close 4005 too_many_errors',
  },
  {
    id: 'framing/ok-forgives-nothing',
    requirement: 'framing/too-many-errors-closes-4005',
    file: 'connection.ts',
    before: `    this.errors = 0
    this.transport`,
    after: '    this.transport',
    about: 'Errors are counted over the whole connection, whatever goes well between them.',
    shows: 'error unknown_type…, got …then close 4005 too_many_errors',
  },
  {
    id: 'framing/integral-float-is-no-integer',
    requirement: 'framing/integral-float-is-an-integer',
    file: 'connection.ts',
    before: 'const message = asClientMessage(envelope.type, envelope)',
    after: 'const message = /:-?\\d+\\.0\\b/.test(text) ? undefined : asClientMessage(envelope.type, envelope)',
    about: `1.0 is not taken for an integer, as in Python's strict validators.`,
    shows: 'ok to subscribe, got error invalid_payload: the message breaks its schema',
  },
  {
    id: 'framing/lone-surrogates-pass',
    requirement: 'framing/lone-surrogate-is-invalid-payload',
    file: 'messages.ts',
    before: 'if (FREE_TEXT.some((field) => hasLoneSurrogate(payload[field]))) return undefined',
    after: '',
    about: 'A lone surrogate is relayed to everybody, whose decoders break on it.',
    shows: 'error invalid_payload, got ok',
  },
  {
    id: 'framing/unknown-fields-are-refused',
    requirement: 'framing/unknown-fields-are-ignored',
    file: 'messages.ts',
    before: 'if (!clientValidators[type](envelope)) return undefined',
    after: 'if (!clientValidators[type](envelope) || Object.keys(envelope).length > 3) return undefined',
    about: 'A field of a newer client makes a message invalid.',
    shows: 'a pong, got error invalid_payload',
  },
  {
    id: 'framing/payload-is-spread',
    requirement: 'framing/unknown-fields-are-not-relayed',
    file: 'stored-message.ts',
    before: `    from: userOf(claims),
    client_msg_id,`,
    after: `    ...payload,
    from: userOf(claims),
    client_msg_id,`,
    about: 'The whole payload is relayed, unknown fields included.',
    shows: 'unknown fields false, got true',
  },
  {
    id: 'framing/merge-pollutes',
    requirement: 'framing/proto-keys-are-inert',
    file: 'stored-message.ts',
    before: '...(metadata !== undefined && { metadata }),',
    after: `metadata: (function merge(into: any, from: any) {
      for (const key in from) {
        if (from[key] instanceof Object) merge((into[key] ??= {}), from[key])
        else into[key] = from[key]
      }
      return into
    })({}, metadata ?? {}),`,
    about: 'A naive deep merge writes through `__proto__` into every object.',
    shows: '"polluted" in a later message false, got true',
  },
  {
    id: 'framing/fragments-are-copied',
    requirement: 'framing/empty-fragments-harm-nobody',
    file: 'server.ts',
    before: `    this.connections.set(connection, socket)
`,
    after: `    this.connections.set(connection, socket)
    const receiver = (ws as any)._receiver
    const { dataMessage } = receiver
    let fragments = 0
    receiver.dataMessage = function (...args: unknown[]) {
      fragments = this._fin ? 0 : fragments + 1
      for (let n = 0; n < fragments * 100; n += 1) Math.random()
      return dataMessage.apply(this, args)
    }
`,
    about: 'Each fragment copies all those before it, the empty ones too.',
    shows: 'ok to send_message, got … within',
  },
  {
    id: 'framing/null-is-absent',
    requirement: 'framing/null-is-not-absent',
    file: 'messages.ts',
    before: `  if (!clientValidators[type](envelope)) return undefined
`,
    after: `  const given = Object.entries((envelope.payload as object) ?? {}).filter(([, value]) => value !== null)
  if (!clientValidators[type]({ ...envelope, payload: Object.fromEntries(given) })) return undefined
`,
    about: 'An explicit null is taken for an absent field.',
    shows: 'error invalid_payload…, got pong',
  },
  {
    id: 'framing/integers-are-coerced',
    requirement: 'framing/only-numbers-are-integers',
    file: 'messages.ts',
    before: `  if (!clientValidators[type](envelope)) return undefined
`,
    after: `  const coerced = JSON.parse(JSON.stringify(envelope), (key, value) =>
    ['limit', 'seq', 'before_seq', 'after_seq'].includes(key) && /^(true|\\d+)$/.test(String(value)) ? Number(value) : value,
  )
  if (!clientValidators[type](coerced)) return undefined
`,
    about: '`true` and strings of digits are coerced to integers.',
    shows: 'error invalid_payload, got ok',
  },
  {
    id: 'framing/ignored-numbers-may-overflow',
    requirement: 'framing/huge-number-is-never-relayed',
    file: 'framing.ts',
    before: 'if (hasOverflow(value))',
    after: 'if (hasOverflow((value as any).payload?.metadata))',
    about: 'Only what is relayed is searched for numbers that overflow.',
    shows: 'invalid_payload or close 4000, got ok',
  },
  {
    id: 'framing/objects-are-flat',
    requirement: 'framing/depth-over-maximum-closes-4000',
    file: 'framing.ts',
    before: `c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth++
      if (depth > maxDepth) return true
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth--`,
    after: `c === OPEN_BRACKET) {
      depth++
      if (depth > maxDepth - 2) return true
    } else if (c === CLOSE_BRACKET) depth--`,
    about: 'Arrays are counted for the depth, and objects are not.',
    shows: 'close 4000 protocol_error, got an open connection',
  },
]
