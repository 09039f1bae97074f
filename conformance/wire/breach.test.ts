import t from 'tap'
import { encodeFrame, FrameDecoder, type OutgoingFrame } from '../socket/frame.ts'
import { findBreach } from './breach.ts'
import { binary, close, closeWith, continuation, fragments, more, octets, ping, pong, text } from './frames.ts'

const decoded = (frames: readonly OutgoingFrame[]) =>
  new FrameDecoder('server').push(Buffer.concat(frames.map((frame) => encodeFrame({ mask: null, ...frame }))))

t.test('what a server may send is no breach', async (t) => {
  const rows: [sentence: string, frames: OutgoingFrame[]][] = [
    ['nothing', []],
    ['messages and control frames', [text('a'), ping('b'), binary('c'), pong(), close(1000, 'd')]],
    [
      'a text cut inside a code point, with a ping there',
      [text(Buffer.of(0xce), more), ping(), continuation(Buffer.of(0xba))],
    ],
    ['every octet of a text in a fragment of its own', fragments(1, octets('κόσμε'))],
    ['a binary message that is not UTF-8', [binary(Buffer.of(0xff))]],
    ['a text that a Close frame cuts off inside a code point', [text(Buffer.of(0xce), more), close(1011)]],
    ['a pong behind a Close frame', [close(1000), pong()]],
    ['a Close frame without payload', [close()]],
    ['codes of 1012 to 1014, which IANA has added', [close(1014)]],
  ]
  for (const [sentence, frames] of rows) t.equal(findBreach(decoded(frames)), undefined, sentence)
})

t.test('what a server must not send is found, with the frame and the reason', async (t) => {
  const rows: [sentence: string, frames: OutgoingFrame[], at: number, why: RegExp, rule: string | undefined][] = [
    ['a mask', [text('a'), text('b', { mask: 'random' })], 1, /masked/, 'server-does-not-mask'],
    ['a reserved bit', [text('a', { rsv: 4 })], 0, /reserved bits 4/, 'server-sets-no-reserved-bit'],
    ['a reserved opcode', [{ opcode: 3 }], 0, /opcode 3/, undefined],
    ['a long form of a length', [text('a', { lengthForm: 64 })], 0, /shortest/, 'server-sends-shortest-length'],
    ['a ping of 126 octets', [ping('x'.repeat(126))], 0, /126 octets/, 'control-frames-are-short'],
    ['a fragment of nothing', [text('a'), continuation('b')], 1, /continues no message/, 'messages-do-not-interleave'],
    ['a message inside another', [text('a', more), binary('b')], 1, /inside another/, 'messages-do-not-interleave'],
    ['a text that is not UTF-8', [text(Buffer.of(0xff))], 0, /not UTF-8/, 'text-is-utf-8'],
    [
      'a text that is not UTF-8 once it is whole',
      fragments(1, ['a', Buffer.of(0xce)]),
      1,
      /not UTF-8/,
      'text-is-utf-8',
    ],
    ['data behind a Close frame', [close(1000), text('a')], 1, /behind a Close frame/, 'no-data-after-close'],
    ['a reserved code', [close(1006)], 0, /Close/, 'close-code-is-not-reserved'],
    ['a code that there is none of', [close(999)], 0, /Close/, 'close-code-is-defined'],
    ['half a code', [closeWith('a')], 0, /Close/, 'close-code-is-defined'],
    ['a reason that is not UTF-8', [close(1000, Buffer.of(0xff))], 0, /Close/, undefined],
  ]
  for (const [sentence, outgoing, at, why, rule] of rows) {
    const frames = decoded(outgoing)
    const breach = findBreach(frames)
    t.equal(breach?.frame, frames[at], sentence)
    t.match(breach?.why, why, sentence)
    t.equal(breach?.rule, rule && `rfc6455/${rule}`, sentence)
  }
})
