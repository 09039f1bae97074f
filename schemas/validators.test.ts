import t from 'tap'
import type { ClientMessage } from './generated/chat.ts'
import { CLOSE_CODES, ERROR_CODES, PROFILES } from './generated/tables.ts'
import {
  clientValidators,
  controlValidators,
  okValidators,
  validateClientMessage,
  validateLimits,
  validateServerMessage,
  validateWorkload,
} from './generated/validators.js'

const ASTRAL = '😀'
const hello = (payload: object) => ({
  type: 'hello',
  id: 'h',
  payload: { client: { name: '', version: '' }, ...payload },
})
const subscribe = (payload: object) => ({ type: 'subscribe', id: 's', payload: { room: 'lobby', ...payload } })
const send = (payload: object) => ({
  type: 'send_message',
  id: 's',
  payload: { room: 'lobby', client_msg_id: 'm', text: 'hi', ...payload },
})
const history = (payload: object) => ({ type: 'history', id: 'h', payload: { room: 'lobby', ...payload } })

/** Each scalar of the wire: the message around it, then values that are good and values that are not. */
const SCALARS: readonly [name: string, message: (value: unknown) => unknown, good: unknown[], bad: unknown[]][] = [
  [
    'id',
    (id) => ({ type: 'ping', id, payload: {} }),
    ['a', 'A-_9', 'x'.repeat(64)],
    ['', 'a b', 'a\n', 'é', 'x'.repeat(65), 1, null, undefined],
  ],
  [
    'room',
    (room) => subscribe({ room }),
    ['a', '0', 'a_b.c:d-e', '@me', 'x'.repeat(128)],
    ['', 'A', '-a', '@you', 'lobby\n', '@me\n', 'a b', 'x'.repeat(129), 1, null, undefined],
  ],
  [
    'text',
    (text) => send({ text }),
    ['a', ' ', '\n', ASTRAL.repeat(4000)],
    ['', 'x'.repeat(4001), ASTRAL.repeat(4001), 1, null, undefined],
  ],
  [
    'content_type',
    (content_type) => send({ content_type }),
    ['text/plain', 'text/markdown', undefined],
    ['', 'text/html', null],
  ],
  ['metadata', (metadata) => send({ metadata }), [{}, { a: { b: null } }, undefined], [null, [], 'a', 1]],
  [
    'nonce',
    (nonce) => ({ type: 'ping', id: 'p', payload: { nonce } }),
    ['', 'x'.repeat(64), undefined],
    ['x'.repeat(65), 1, null],
  ],
  [
    'position',
    (position) => subscribe({ position }),
    [{ epoch: '', seq: 0 }, { epoch: 'e'.repeat(64), seq: Number.MAX_SAFE_INTEGER }, undefined],
    [
      null,
      {},
      { epoch: 'e' },
      { epoch: 'e'.repeat(65), seq: 0 },
      { epoch: 'e', seq: -1 },
      { epoch: 'e', seq: 2 ** 53 },
    ],
  ],
  ['limit', (limit) => history({ limit }), [1, JSON.parse('1.0'), undefined], [0, 1.5, true, '1', null]],
  [
    'seq',
    (seq) => ({ type: 'mark_read', id: 'm', payload: { room: 'lobby', seq } }),
    [1],
    [0, -1, true, '1', null, undefined],
  ],
  ['presence', (presence) => subscribe({ presence }), [true, false, undefined], [0, 'true', null]],
  ['payload', (payload) => ({ type: 'ping', id: 'p', payload }), [{}], [null, [], 'a', undefined]],
  [
    'positions',
    (positions) => hello({ positions }),
    [{}, { lobby: { epoch: 'e', seq: 0 } }, { 'no room': 'ignored' }, undefined],
    [null, [], { lobby: null }, { '@me': { epoch: 'e' } }],
  ],
]

for (const [name, message, good, bad] of SCALARS) {
  t.test(`${name}: what is valid, and what is not`, async (t) => {
    for (const value of good) t.ok(validateClientMessage(message(value)), `${show(value)} is valid`)
    for (const value of bad) t.notOk(validateClientMessage(message(value)), `${show(value)} is not`)
  })
}

t.test('a page of history is before a seq or after one, not both', async (t) => {
  t.ok(validateClientMessage(history({ before_seq: 0 })))
  t.ok(validateClientMessage(history({ after_seq: 0 })))
  t.notOk(validateClientMessage(history({ before_seq: 9, after_seq: 1 })))
})

t.test('a client may send fields that are not known', async (t) => {
  t.ok(validateClientMessage({ ...send({ future: 1 }), future: [] }))
})

t.test('only pong has no id, and only typing and signal may leave it out', async (t) => {
  const optional: ClientMessage['type'][] = ['pong', 'typing', 'signal']
  for (const [type, validate] of Object.entries(clientValidators)) {
    validate({ type, payload: {} })
    const asksForId = validate.errors?.some(({ params }) => params.missingProperty === 'id') ?? false
    t.equal(asksForId, !optional.includes(type as ClientMessage['type']), type)
  }
})

t.test('a field that no schema names is an error in a frame of the server, and its path is told', async (t) => {
  t.ok(validateServerMessage({ type: 'ping', payload: { nonce: 'n' } }))
  t.notOk(validateServerMessage({ type: 'ping', payload: { nonce: 'n', extra: 1 } }))
  t.match(validateServerMessage.errors, [{ instancePath: '/payload', params: { additionalProperty: 'extra' } }])
  t.notOk(validateServerMessage({ type: 'ping', id: 'p', payload: {} }), 'beside the payload too')
  t.notOk(okValidators.unsubscribe({ room: 'lobby', extra: 1 }))
  t.ok(okValidators.unsubscribe({ room: 'lobby' }))
})

t.test('metadata and details stay open in a frame of the server', async (t) => {
  const payload = { code: 'internal', message: 'm', retryable: true, details: { anything: [1] } }
  t.ok(validateServerMessage({ type: 'error', payload }))
})

t.test('a timestamp is UTC, with three digits of milliseconds', async (t) => {
  const sent = (ts: string) => okValidators.send_message({ room: 'r', epoch: 'e', seq: 1, message_id: 'm', ts })
  t.ok(sent('2026-11-23T09:00:00.000Z'))
  t.ok(sent('2016-12-31T23:59:60.999Z'), 'a leap second')
  for (const ts of [
    '2026-11-23T09:00:00Z',
    '2026-11-23T09:00:00.000+00:00',
    '2026-13-01T09:00:00.000Z',
    '2026-11-23T09:00:00.000Z\n',
  ])
    t.notOk(sent(ts), JSON.stringify(ts))
})

t.test('an error carries every registered code, and no other', async (t) => {
  const error = (code: string) =>
    validateServerMessage({ type: 'error', payload: { code, message: '', retryable: false } })
  for (const code of [...Object.keys(ERROR_CODES), ...Object.keys(CLOSE_CODES)]) t.ok(error(code), code)
  t.notOk(error('oops'))
})

/** Each control path: bodies that are good, and bodies that are not. */
const BODIES: readonly [path: keyof typeof controlValidators, good: unknown[], bad: unknown[]][] = [
  [
    'notify',
    [
      { sub: 'alice', kind: 'k', title: 't' },
      { sub: 'alice', kind: 'k', title: 't', body: 'b', data: {}, later: 1 },
      { room: 'lobby', kind: 'k', text: 't' },
    ],
    [{}, [], { sub: 'alice', room: 'lobby', kind: 'k', title: 't', text: 't' }, { room: '@me', kind: 'k', text: 't' }],
  ],
  ['revoke', [{ jti: 'j' }, { sub: 'alice' }], [{}, { jti: 'j', sub: 'alice' }, { jti: '' }, { sub: null }]],
  ['reset-epoch', [{ room: 'lobby' }], [{}, { room: '@me' }, { room: 'Lobby' }]],
  [
    'drain',
    [{}, { sub: 'alice', deadline_ms: 0, reconnect_after: { min_ms: 0, max_ms: 1 } }],
    [null, { deadline_ms: -1 }, { deadline_ms: '1' }, { reconnect_after: {} }],
  ],
]

for (const [path, good, bad] of BODIES) {
  t.test(`/control/${path}: what is valid, and what is not`, async (t) => {
    for (const body of good) t.ok(controlValidators[path](body), `${show(body)} is valid`)
    for (const body of bad) t.notOk(controlValidators[path](body), `${show(body)} is not`)
  })
}

t.test('the limits of every profile hold their ranges and relations', async (t) => {
  for (const limits of Object.values(PROFILES)) {
    t.ok(validateLimits(limits))
    t.ok(limits.rate_burst > limits.max_errors)
    t.ok(limits.send_queue_bytes >= limits.max_server_frame_bytes)
  }
  for (const wrong of [
    { auth_leeway_ms: 60_001 },
    { max_message_bytes: 65_535 },
    { max_server_frame_bytes: 65_535 },
    { max_rooms: 1.5 },
  ])
    t.notOk(validateLimits({ ...PROFILES.test, ...wrong }), JSON.stringify(wrong))
})

t.test('a workload that is wrong is told where', async (t) => {
  t.notOk(
    validateWorkload({
      scenario: 'fan-out',
      rooms: 0,
      subscribers: 1,
      publishers: 1,
      rate_per_s: 1,
      duration_ms: 1000,
    }),
  )
  t.match(validateWorkload.errors, [{ instancePath: '/rooms', message: 'must be >= 1' }])
})

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absence'
  return text.length > 60 ? `${text.slice(0, 20)}… (${text.length})` : text
}
