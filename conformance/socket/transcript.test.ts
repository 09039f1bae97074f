import t from 'tap'
import { encodeClose, encodeFrame, FrameDecoder, OPCODE } from './frame.ts'
import { type Entry, Transcript } from './transcript.ts'

function recorded(play: (transcript: Transcript) => void): Entry[] {
  const entries: Entry[] = []
  play(new Transcript('alice', (entry) => entries.push(entry)))
  return entries
}

const received = (...octets: Buffer[]) =>
  recorded((transcript) => {
    for (const frame of new FrameDecoder('server').push(Buffer.concat(octets))) transcript.frame('received', frame)
  })
const unmasked = (opcode: number, payload: Buffer | string, fin = true) =>
  encodeFrame({ opcode, payload: Buffer.from(payload), fin, mask: null })

t.test('octets that we write are recorded as the frames they make', async (t) => {
  const octets = encodeFrame({ opcode: OPCODE.text, payload: Buffer.from('hello'), rsv: 2 })
  const frame = {
    connection: 'alice',
    kind: 'sent',
    fin: true,
    rsv: 2,
    opcode: 1,
    masked: true,
    length: 5,
    text: 'hello',
  }
  t.strictSame(
    recorded((transcript) => transcript.written(octets)),
    [frame],
  )
  const cut = recorded((transcript) => {
    transcript.written(octets.subarray(0, 3))
    transcript.written(octets.subarray(3))
  })
  t.strictSame(cut, [{ connection: 'alice', kind: 'octets', length: 3, text: 'part of a frame' }, frame])
})

t.test('octets that make no frame are recorded as they are', async (t) => {
  const octets = Buffer.from('82ff8000000000000001', 'hex')
  t.strictSame(
    recorded((transcript) => transcript.written(Buffer.concat([octets, Buffer.alloc(4)]))),
    [{ connection: 'alice', kind: 'octets', length: 14, hex: `${octets.toString('hex')}00000000` }],
  )
})

t.test('a payload is text where it is UTF-8, else hexadecimal, and never long', async (t) => {
  const [text, binary, long, longHex] = received(
    unmasked(2, 'ä'),
    unmasked(2, Buffer.of(0xff)),
    unmasked(1, 'x'.repeat(70_000)),
    unmasked(2, Buffer.alloc(257, 0xff)),
  )
  t.match(text, { text: 'ä', length: 2 })
  t.match(binary, { hex: 'ff' })
  t.match(long, { length: 70_000, truncated: true })
  t.equal(long?.text?.length, 1024)
  t.match(longHex, { length: 257, truncated: true })
  t.equal(longHex?.hex?.length, 512)
})

t.test('a Close frame shows its code and reason, a violation is noted', async (t) => {
  t.match(received(unmasked(8, encodeClose(1002, 'why')), unmasked(3, '')), [
    { opcode: 8, close_code: 1002, text: 'why' },
    { opcode: 3, length: 0 },
    { kind: 'note', text: /opcode 3/ },
  ])
})

t.test('no part of a signature shows in fragments, in either direction', async (t) => {
  const jwt = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.c2lnbmF0dXJl`
  const parts = [...`{"token":"${jwt}"}`]
  const frames = parts.map((part, n) => ({
    opcode: n === 0 ? 1 : 0,
    payload: Buffer.from(part),
    fin: n === parts.length - 1,
  }))
  const both = [
    recorded((transcript) => {
      for (const frame of frames) transcript.written(encodeFrame(frame))
    }),
    received(...frames.map(({ opcode, payload, fin }) => unmasked(opcode, payload, fin))),
  ]
  for (const entries of both) {
    const told = entries.map(({ text = '' }) => text).join('')
    t.match(told, /^\{"token":"…+/)
    t.match(told, /…"\}$/)
    t.notMatch(told, /c2l/)
  }
})

t.test('of a long exchange the beginning is shown, and how much is left out before what ends it', async (t) => {
  const frames = Array.from({ length: 1000 }, () => unmasked(1, 'x'.repeat(500)))
  const entries = received(...frames, encodeFrame({ opcode: OPCODE.close, payload: encodeClose(1000), mask: null }))
  const [note, last] = entries.slice(-2)
  const shown = entries.length - 2
  t.ok(shown > 10 && shown < 200, `${shown} frames are shown`)
  t.match(note, { kind: 'note', text: `0 more frames sent and ${1000 - shown} more received, not shown` })
  t.match(last, { opcode: 8, close_code: 1000 })
})

t.test('a frame that is written octet by octet is shown once, with the number of its parts', async (t) => {
  const octets = encodeFrame({ opcode: OPCODE.text, payload: Buffer.from('hello') })
  const entries = recorded((transcript) => {
    for (let at = 0; at < octets.length; at += 1) transcript.written(octets.subarray(at, at + 1))
  })
  t.match(entries, [
    { kind: 'octets', length: 1, text: 'part of a frame' },
    { kind: 'note', text: 'the frame below was written in 11 parts' },
    { kind: 'sent', text: 'hello' },
  ])
})
