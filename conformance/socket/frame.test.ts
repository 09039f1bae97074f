import t from 'tap'
import { decodeClose, encodeClose, encodeFrame, FrameDecoder, OPCODE } from './frame.ts'

const hello = Buffer.from('Hello')
const key = Buffer.from('37fa213d', 'hex')
const hex = (octets: Buffer) => octets.toString('hex')

t.test('frames are encoded as the examples of RFC 6455 §5.7', async (t) => {
  const { text, ping, pong, binary, continuation } = OPCODE
  t.equal(hex(encodeFrame({ opcode: text, payload: hello, mask: null })), '810548656c6c6f')
  t.equal(hex(encodeFrame({ opcode: text, payload: hello, mask: key })), '818537fa213d7f9f4d5158')
  t.equal(hex(encodeFrame({ opcode: text, fin: false, payload: Buffer.from('Hel'), mask: null })), '010348656c')
  t.equal(hex(encodeFrame({ opcode: continuation, payload: Buffer.from('lo'), mask: null })), '80026c6f')
  t.equal(hex(encodeFrame({ opcode: ping, payload: hello, mask: null })), '890548656c6c6f')
  t.equal(hex(encodeFrame({ opcode: pong, payload: hello, mask: key })), '8a8537fa213d7f9f4d5158')
  t.equal(hex(encodeFrame({ opcode: binary, payload: Buffer.alloc(256), mask: null }).subarray(0, 4)), '827e0100')
  const long = encodeFrame({ opcode: binary, payload: Buffer.alloc(65536), mask: null })
  t.equal(hex(long.subarray(0, 10)), '827f0000000000010000')
})

t.test('a frame is masked with a fresh key unless asked otherwise', async (t) => {
  const frames = [1, 2].map(() => encodeFrame({ opcode: OPCODE.text, payload: hello }))
  for (const frame of frames) t.equal((frame[1] ?? 0) & 0x80, 0x80)
  t.not(hex(frames[0] ?? hello), hex(frames[1] ?? hello))
})

t.test('wrong frames are encoded as asked', async (t) => {
  const header = (frame: Parameters<typeof encodeFrame>[0]) => hex(encodeFrame({ mask: null, ...frame }))
  t.equal(header({ opcode: 15, rsv: 7 }), 'ff00')
  t.equal(header({ opcode: 9, fin: false }), '0900')
  t.equal(header({ opcode: 1, payload: hello, lengthForm: 16 }), '817e000548656c6c6f')
  t.equal(header({ opcode: 1, payload: hello, lengthForm: 64 }), '817f000000000000000548656c6c6f')
  t.equal(header({ opcode: 9, payload: Buffer.alloc(126) }).slice(0, 8), '897e007e')
})

t.test('what was encoded is decoded, wherever the stream is cut', async (t) => {
  for (const size of [0, 1, 125, 126, 65535, 65536]) {
    const payload = Buffer.alloc(size, 'abc')
    const octets = Buffer.concat([encodeFrame({ opcode: 2, payload }), encodeFrame({ opcode: 9, payload: hello })])
    for (const chop of [1, 7, octets.length]) {
      const decoder = new FrameDecoder('client')
      const frames = []
      for (let at = 0; at < octets.length; at += chop) frames.push(...decoder.push(octets.subarray(at, at + chop)))
      t.strictSame(
        frames.map(({ opcode, payload, violations }) => [opcode, payload.length, violations.length]),
        [
          [2, size, 0],
          [9, 5, 0],
        ],
        `${size} octets in chops of ${chop}`,
      )
      t.ok(frames[0]?.payload.equals(payload))
      t.equal(decoder.midFrame, false)
    }
  }
})

t.test('what a server may not send is reported as data', async (t) => {
  const table: [string, string, RegExp][] = [
    ['a masked frame', '818537fa213d7f9f4d5158', /masked/],
    ['a 16 bit length for 5 octets', '817e000548656c6c6f', /shortest/],
    ['a 64 bit length for 5 octets', '817f000000000000000548656c6c6f', /shortest/],
    ['reserved bits', 'c100', /reserved bits 4/],
    ['a reserved opcode', '8300', /opcode 3/],
    ['a fragmented ping', '0900', /fragmented/],
    ['a ping of 126 octets', `897e007e${'00'.repeat(126)}`, /126 octets/],
  ]
  for (const [what, octets, sentence] of table) {
    const [frame] = new FrameDecoder('server').push(Buffer.from(octets, 'hex'))
    t.equal(frame?.violations.length, 1, what)
    t.match(frame?.violations[0]?.why, sentence)
  }
  const [unmasked] = new FrameDecoder('client').push(Buffer.from('8100', 'hex'))
  t.match(unmasked?.violations, [{ of: 'mask', why: /did not mask/ }])
})

t.test('under compression RSV1 marks the first frame of a message, and no other', async (t) => {
  const faults = (octets: string) => new FrameDecoder('server', true).push(Buffer.from(octets, 'hex'))[0]?.violations
  t.strictSame(faults('c100'), [])
  for (const octets of ['c000', 'ca00'])
    t.match(faults(octets), [{ of: 'mark', why: /^RSV1 marks .*RFC 7692 §6/ }], octets)
  t.match(faults('f100'), [{ of: 'reserved-bits', why: /^reserved bits 3 / }])
})

t.test('a length with its top bit set ends the decoding, not the process', async (t) => {
  const decoder = new FrameDecoder('server')
  t.strictSame(decoder.push(Buffer.from('8200827f8000000000000001', 'hex')).length, 1)
  t.match(decoder.broken, /top bit/)
  t.strictSame(decoder.push(Buffer.from('8200', 'hex')), [])
})

t.test('a Close payload is a code and a reason, or nothing', async (t) => {
  t.equal(hex(encodeClose(1002, 'no')), '03ea6e6f')
  t.equal(encodeClose().length, 0)
  t.strictSame(decodeClose(Buffer.from('03ea6e6f', 'hex')), { code: 1002, reason: Buffer.from('no') })
  t.strictSame([decodeClose(Buffer.alloc(0)), decodeClose(Buffer.of(3))], [{}, {}])
})
