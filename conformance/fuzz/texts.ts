/**
 * Texts that a client may send, valid, nearly valid and hostile, as arbitraries that shrink. A text is a template:
 * `%0%` to `%9%` stand for rooms, `%x%` for one that no grant opens, `%id%` for an id that was not used before, and
 * `%epoch0%` for the epoch of a room as far as it is known. `"%head0-1%"` is a number, counted from its head.
 */
import fc from 'fast-check'

type Text = fc.Arbitrary<string>

/** Mostly the same few rooms, so that users meet; the others are there to reach max_rooms. */
const room = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('%0%', '%0%', '%1%', '%2%') },
  { weight: 2, arbitrary: fc.constantFrom('%3%', '%4%', '%5%', '%6%', '%7%', '%8%', '%9%') },
  { weight: 1, arbitrary: fc.constantFrom('%x%', '@me') },
)

const ANY_TEXT = [
  'a',
  ' padded ',
  'e\u0301',
  '\u{1F600}',
  '"\\/\u0000\u2028',
  '<b>&amp;</b>',
  '__proto__',
  'é'.repeat(3000),
]
const ANY_METADATA = [
  ...[{}, { a: 1, b: [null, true, 'x'] }, { b: [null, true, 'x'], a: 1 }],
  ...[{ s: 'm'.repeat(1000) }, { s: 'm'.repeat(4000) }],
]

const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', '%id%', '%id%')
const seq = fc.nat(9)

const command = (
  type: string,
  fields: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): Text =>
  fc
    .record({ ...fields, ...optional }, { requiredKeys: Object.keys(fields) })
    .map((payload) => JSON.stringify({ type, id: '%id%', payload }))

const withoutId = (text: Text): Text => text.map((one) => one.replace('"id":"%id%",', ''))

const sendMessage = command(
  'send_message',
  { room, client_msg_id: key, text: fc.constantFrom(...ANY_TEXT) },
  {
    content_type: fc.constantFrom('text/plain', 'text/markdown'),
    reply_to_message_id: fc.constant('m-1'),
    metadata: fc.constantFrom(...ANY_METADATA),
  },
)
const typing = command('typing', { room, state: fc.constantFrom('start', 'stop') })
const signal = command('signal', { room, name: fc.constant('cursor'), data: fc.constantFrom(...ANY_METADATA) })

/** A seq that is counted from the head of its room. */
const fromHead = (type: 'subscribe' | 'mark_read', distances: readonly number[]): Text =>
  fc.tuple(fc.constantFrom(0, 0, 1), fc.constantFrom(...distances)).map(([n, distance]) => {
    const seq = `%head${n}${distance < 0 ? distance : `+${distance}`}%`
    const payload = type === 'mark_read' ? { seq } : { position: { epoch: `%epoch${n}%`, seq } }
    return JSON.stringify({ type, id: '%id%', payload: { room: `%${n}%`, ...payload } })
  })

/** Messages that fit their schema, whatever becomes of them. */
export const validText: Text = fc.oneof(
  { weight: 6, arbitrary: command('subscribe', { room }, { presence: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 2), seq, fc.constantFrom('%epoch0%', '%epoch1%', 'none'))
      .map(([n, seq, epoch]) => ({ room: `%${n}%`, position: { epoch: epoch.replace('0', `${n}`), seq } }))
      .map((payload) => JSON.stringify({ type: 'subscribe', id: '%id%', payload })),
  },
  { weight: 2, arbitrary: fromHead('subscribe', [-21, -20, -19, -1, 0, 1]) },
  { weight: 2, arbitrary: command('unsubscribe', { room }) },
  { weight: 10, arbitrary: sendMessage },
  { weight: 1, arbitrary: command('ping', {}, { nonce: fc.constantFrom('', 'n', '\u{1F600}'.repeat(64)) }) },
  { weight: 1, arbitrary: fc.constant('{"type":"pong","payload":{"nonce":"any"}}') },
  { weight: 1, arbitrary: fc.oneof(typing, withoutId(typing)) },
  { weight: 1, arbitrary: fc.oneof(signal, withoutId(signal)) },
  { weight: 2, arbitrary: command('mark_read', { room, seq: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 4, arbitrary: fromHead('mark_read', [-2, -1, 0, 0, 1]) },
  { weight: 1, arbitrary: command('presence_set', { status: fc.constantFrom('online', 'away', 'dnd') }) },
  { weight: 1, arbitrary: command('presence_get', { room }) },
  { weight: 3, arbitrary: command('history', { room }, { before_seq: seq, limit: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: command('history', { room, after_seq: seq }, { limit: fc.integer({ min: 1, max: 60 }) }) },
)

const BAD_VALUES = [
  'null',
  'true',
  '1',
  '1.0',
  '-1',
  '0',
  '1e400',
  '-1e999',
  '9007199254740993',
  '""',
  '"1"',
  '[]',
  '{}',
  '"a\\n"',
  '"\\ud800"',
  '"%0%\\n"',
]
const BAD_TYPES = [
  'welcome',
  'ok',
  'error',
  'Ping',
  'ping\\n',
  'teleport',
  '',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
]

/** A value of a valid message is replaced by one of another kind. */
const withBadValue: Text = fc
  .tuple(validText, fc.nat(7), fc.constantFrom(...BAD_VALUES))
  .map(([text, at, value]) => nth(text, /(?<=":)(?:"(?:[^"\\]|\\.)*"|[\d.]+|true|false|null)/g, at, () => value))

/** A field is left out, given twice, or one that nobody knows is added. */
const withOtherFields: Text = fc
  .tuple(
    validText,
    fc.nat(4),
    fc.constantFrom(
      '',
      '"junk":{"a":[1,2,{"b":null}]},',
      '"__proto__":{"polluted":true},',
      '"constructor":{"prototype":{}},',
      '"junk":1e400,',
      '"junk":"\\ud800",',
      '"type":"ping","type":"ping",',
      '"id":"first",',
      '"text":"first",',
      '"room":"first",',
      '"from":{"id":"root"},"seq":1,"message_id":"m","replay":true,',
    ),
  )
  .map(([text, at, fields]) =>
    fields === ''
      ? nth(text, /"\w+":(?:"(?:[^"\\]|\\.)*"|[\d.]+),/g, at, () => '')
      : nth(text, /\{(?=")/g, at, () => `{${fields}`),
  )

const withBadType: Text = fc
  .tuple(validText, fc.constantFrom(...BAD_TYPES))
  .map(([text, type]) => text.replace(/"type":"\w+"/, `"type":"${type}"`))

/** Octets that JSON gives a meaning to, put or taken out anywhere. */
const mutilated: Text = fc
  .tuple(
    validText,
    fc.nat(120),
    fc.nat(4),
    fc.constantFrom(
      '',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      '\u0000',
      '\uFEFF',
      'NaN',
      'Infinity',
      '//',
      '1e',
      '\u{1F600}',
      '\n',
    ),
  )
  .map(([text, at, cut, put]) => wellFormed(text.slice(0, at) + put + text.slice(at + cut)))

/** As it arrives: half a surrogate pair has no form in UTF-8. */
const wellFormed = (text: string) => Buffer.from(text).toString()

const SCRAPS = [
  '{"type":"typing","payload":{"room":"%0%","state":"?"}}',
  '{"type":"pong"}',
  '',
  ' ',
  'null',
  '0',
  '"ping"',
  '[]',
  '{}',
  'NaN',
  '{"type":1}',
  '{"type":null,"id":"%id%"}',
  '\uFEFF{"type":"ping","id":"%id%","payload":{}}',
  '[{"type":"ping","id":"%id%","payload":{}}]',
  '{"type":"ping","id":"%id%","payload":{}}{}',
  "{'type':'ping'}",
  '{"type":"ping","id":"%id%","payload":{},}',
]

/** Nested to a depth around the maximum, or far beyond; or padded to a size around the maximum. */
const oversized: Text = fc.oneof(
  fc
    .constantFrom(11, 12, 13, 14, 15, 28, 29, 30, 31, 20_000)
    .map((depth) => `{"type":"ping","id":"%id%","payload":{"deep":${'['.repeat(depth)}${']'.repeat(depth)}}}`),
  fc.constantFrom('%max%', '%over%').map((pad) => `{"type":"ping","id":"%id%",${pad}"payload":{}}`),
)

/** Texts of which most are wrong, each in one way or in few. */
export const wrongText: Text = fc.oneof(
  { weight: 6, arbitrary: withBadValue },
  { weight: 5, arbitrary: withOtherFields },
  { weight: 2, arbitrary: withBadType },
  { weight: 3, arbitrary: mutilated },
  { weight: 2, arbitrary: fc.constantFrom(...SCRAPS) },
  { weight: 1, arbitrary: oversized },
  {
    weight: 1,
    arbitrary: fc.constant('{"type":"hello","id":"%id%","payload":{"client":{"name":"again","version":"1"}}}'),
  },
)

/** Replaces the match with this number, counted round. */
function nth(text: string, pattern: RegExp, at: number, replace: (match: string) => string): string {
  const count = text.match(pattern)?.length ?? 0
  let n = 0
  return text.replace(pattern, (match) => (n++ === at % count ? replace(match) : match))
}

export interface Filling {
  readonly id: string
  readonly room: (n: string) => string
  readonly epoch: (room: string) => string
  readonly head: (room: string) => number
  readonly maxBytes: number
}

/** The text that a template becomes. */
export function fill(template: string, { id, room, epoch, head, maxBytes }: Filling): string {
  const text = template
    .replaceAll('%id%', id)
    .replace(/%epoch(\d)%/g, (_, n) => epoch(room(n)))
    .replace(/"%head(\d)([+-]\d+)%"/g, (_, n, distance) => `${Math.max(1, head(room(n)) + Number(distance))}`)
    .replace(/%([\dx])%/g, (_, n) => room(n))
  const pad = /%(max|over)%/.exec(text)
  if (pad === null) return text
  const blanks = maxBytes - (Buffer.byteLength(text) - pad[0].length) + (pad[1] === 'over' ? 1 : 0)
  return text.replace(pad[0], ' '.repeat(Math.max(0, blanks)))
}
