import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { COMPRESSED, Deflate } from './deflate.ts'
import { encodeClose, encodeFrame, FrameDecoder, OPCODE, type OutgoingFrame } from './frame.ts'
import { type Entry, Transcript } from './transcript.ts'

const MASK = Buffer.from('37fa213d', 'hex')
const TERMS = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
}
const SECRET = 'c2lnbmF0dXJlLW9mLWFsaWNl'
const JWT = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.${SECRET}`
const HELLO = JSON.stringify({ type: 'hello', id: 'h1', payload: { token: JWT, client: { name: 'test' } } })
const SESSION = JSON.stringify({ type: 'welcome', payload: { session: { id: SECRET, ttl: 1 } } })

function recorded(play: (transcript: Transcript) => void, octets = true): Entry[] {
  const entries: Entry[] = []
  play(new Transcript('alice', (entry) => entries.push(entry), octets))
  return entries
}

const encoded = (frames: readonly OutgoingFrame[]) => frames.map((frame) => encodeFrame({ mask: MASK, ...frame }))
const written = (...frames: readonly OutgoingFrame[]) =>
  recorded((transcript) => {
    for (const octets of encoded(frames)) transcript.written(octets)
  })
const text = (payload: Buffer | string, overrides: Partial<OutgoingFrame> = {}) => ({
  opcode: OPCODE.text,
  payload: Buffer.from(payload),
  ...overrides,
})

/** A payload as frames of so many octets each, the first marked as a message of its kind. */
function inFragments(payload: Buffer, size: number, first: Partial<OutgoingFrame> = {}): OutgoingFrame[] {
  return Array.from({ length: Math.ceil(payload.length / size) }, (_, n) => ({
    ...(n === 0 ? { opcode: OPCODE.text, ...first } : { opcode: OPCODE.continuation }),
    fin: (n + 1) * size >= payload.length,
    payload: payload.subarray(n * size, (n + 1) * size),
  }))
}

/** Both directions of a connection with permessage-deflate, in which the same frames go out and come in. */
function deflated(frames: readonly OutgoingFrame[], octets = true): Entry[][] {
  const received = new FrameDecoder('server', true).push(Buffer.concat(encoded(frames.map(unmasked))))
  const directions = [
    (transcript: Transcript) => encoded(frames).forEach((one) => void transcript.written(one)),
    (transcript: Transcript) => received.forEach((one) => void transcript.frame('received', one)),
  ]
  return directions.map((play) =>
    recorded((transcript) => {
      transcript.deflated(TERMS)
      play(transcript)
    }, octets),
  )
}
const unmasked = (frame: OutgoingFrame): OutgoingFrame => ({ ...frame, mask: null })

/** What anybody reads out of the octets of a transcript: the payloads that have both ends of their mask. */
function readable(entries: readonly Entry[]): string {
  const payloads = entries.map(({ octets, hex = '' }) => {
    const payload = Buffer.from(`${octets?.payload ?? ''}${octets?.end ?? ''}`, 'hex')
    const key = Buffer.from(octets?.header ?? '', 'hex').subarray(-4)
    return [payload, payload.map((octet, n) => octet ^ (key[n & 3] ?? 0)), Buffer.from(hex, 'hex')]
      .map((one) => Buffer.from(one).toString('latin1'))
      .join()
  })
  return payloads.join()
}

function hidesSecret(t: Test, entries: readonly Entry[], what: string): void {
  const hints = Array.from({ length: SECRET.length - 3 }, (_, at) => SECRET.slice(at, at + 4))
  const told = JSON.stringify(entries) + readable(entries)
  t.strictSame(
    hints.filter((hint) => told.includes(hint)),
    [],
    what,
  )
}

t.test('a frame shows its header and its masked payload, as RFC 6455 §5.7 has them', async (t) => {
  t.match(written(text('Hello')), [{ text: 'Hello', octets: { header: '818537fa213d', payload: '7f9f4d5158' } }])
  const [long] = recorded((transcript) => {
    const octets = encodeFrame({ opcode: OPCODE.binary, payload: Buffer.alloc(256, 'x'), mask: null })
    for (const frame of new FrameDecoder('server').push(octets)) transcript.frame('received', frame)
  })
  t.strictSame(long?.octets, { header: '827e0100', payload: '78'.repeat(256) })
})

t.test('without being asked for, no octets are there', async (t) => {
  const entries = recorded((transcript) => transcript.written(encodeFrame(text('Hello'))), false)
  t.strictSame(
    entries.filter(({ octets, withheld }) => octets ?? withheld),
    [],
  )
})

t.test('of a long frame both ends are shown, of a long connection the beginning, and always the headers', async (t) => {
  const payload = Buffer.from(Array.from({ length: 999 }, (_, n) => 0x80 + (n % 100)))
  const [first] = written({ opcode: OPCODE.binary, payload, mask: null })
  t.strictSame(first?.octets, {
    header: '827e03e7',
    payload: payload.toString('hex', 0, 512),
    left_out: 999 - 528,
    end: payload.toString('hex', 983),
    writes: [0],
  })
  const many = written(...Array.from({ length: 40 }, () => ({ opcode: OPCODE.binary, payload: Buffer.alloc(528) })))
  const shown = many.filter(({ octets }) => octets?.payload.length === 2 * 528)
  t.ok(shown.length > 10 && shown.length < 40, `${shown.length} of 40 payloads are shown`)
  t.match(many.at(-1)?.octets, { header: /^82fe0210[0-9a-f]{8}$/, payload: '', left_out: 528 })
})

t.test('what lies further behind than secrets are searched for is not shown', async (t) => {
  const [frame] = written(text('x'.repeat(70_000)))
  t.match(frame?.octets, { left_out: 70_000 - 512 })
  t.notHas(frame?.octets, { end: String })
})

t.test('the writes of a frame are told apart, and those that hold several frames', async (t) => {
  const octets = Buffer.concat(encoded([text('Hello'), text('you')]))
  const entries = recorded((transcript) => {
    for (const [from, to] of [
      [0, 3],
      [3, 8],
      [8, 20],
    ])
      transcript.written(octets.subarray(from, to))
  })
  const frames = entries.filter(({ kind }) => kind === 'sent')
  t.strictSame(
    frames.map(({ octets }) => octets?.writes),
    [[0, 3, 8], undefined],
  )
})

t.test('a frame that is never finished shows what there was of it', async (t) => {
  const [octets = Buffer.alloc(0)] = encoded([text('Hello')])
  for (const length of [1, 4, 8]) {
    const entries = recorded((transcript) => {
      transcript.written(octets.subarray(0, length))
      transcript.hangUp('fin')
      transcript.end()
    })
    const [begun, unfinished, ...others] = entries
    t.match([begun, unfinished], [{ text: 'part of a frame' }, { kind: 'octets', length }], `${length} octets`)
    const { header = '', payload = '' } = unfinished?.octets ?? {}
    t.equal(header + payload, octets.toString('hex', 0, length))
    t.strictSame(others, [{ connection: 'alice', kind: 'fin' }])
  }
})

t.test('a frame of a secret shows no octets, and says why, wherever fragments cut it', async (t) => {
  for (const [what, message] of Object.entries({ HELLO, SESSION })) {
    for (const size of [1, 2, 7, 40, 1000]) {
      const entries = written(...inFragments(Buffer.from(message), size))
      hidesSecret(t, entries, `${what} in fragments of ${size}`)
      t.match(entries.find(({ withheld }) => withheld)?.withheld, /secret/)
      t.equal(entries[0]?.octets === undefined, size === 1000, 'what holds none of it is shown')
    }
  }
})

t.test(
  'neither binary around it, nor the writes of a frame, nor another frame around it gives a secret away',
  async (t) => {
    const binary = Buffer.concat([Buffer.of(0xff), Buffer.from(HELLO)])
    const [hello = Buffer.alloc(0)] = encoded([text(HELLO)])
    const plays: Record<string, (transcript: Transcript) => void> = {
      binary: (transcript) => transcript.written(encodeFrame({ opcode: OPCODE.binary, payload: binary })),
      'cut inside of a letter': (transcript) => {
        for (const part of inFragments(Buffer.from(`${HELLO} ä`), HELLO.length + 2))
          transcript.written(encodeFrame(part))
      },
      chopped: (transcript) => {
        for (let at = 0; at < hello.length; at += 5) transcript.written(hello.subarray(at, at + 5))
      },
      unfinished: (transcript) => {
        transcript.written(hello.subarray(0, -4))
        transcript.end()
      },
      swallowed: (transcript) => {
        transcript.written(encodeFrame(text('', { announced: 1000n })))
        transcript.written(hello)
        transcript.end()
      },
      'behind what is no frame': (transcript) => {
        transcript.written(Buffer.from('82ff8000000000000001', 'hex'))
        transcript.written(hello)
      },
      'in a reason': (transcript) => {
        const payload = encodeClose(4000, HELLO)
        transcript.written(encodeFrame({ opcode: OPCODE.close, payload }))
      },
    }
    for (const [what, play] of Object.entries(plays))
      for (const octets of [true, false]) {
        const entries = recorded(play, octets)
        hidesSecret(t, entries, what)
        const masked = JSON.stringify(entries).includes(hello.toString('hex', 6 + 2, 6 + 40))
        t.notOk(masked, `${what}: its octets`)
      }
  },
)

t.test('a compressed message is told as what it inflates to, with its octets as they came', async (t) => {
  const deflate = new Deflate(TERMS)
  const messages = ['hello, hello', 'hello, hello'].map((one) => deflate.compress(Buffer.from(one)))
  const frames = messages.map((payload) => text(payload, { rsv: COMPRESSED }))
  for (const entries of deflated(frames)) {
    t.match(entries, [
      { text: 'hello, hello', inflated: 12, octets: { left_out: undefined } },
      { text: 'hello, hello', inflated: 12 },
    ])
    t.match(readable(entries), messages[0]?.toString('latin1'))
  }
  for (const entries of deflated(inFragments(messages[0] ?? Buffer.alloc(0), 3, { rsv: COMPRESSED }))) {
    t.ok(entries.length > 2)
    t.strictSame(
      entries.map(({ text }) => text),
      [...entries.slice(1).map(() => undefined), 'hello, hello'],
    )
    t.ok(
      entries.every(({ octets }) => octets),
      'each fragment has its octets',
    )
  }
})

t.test('no octets are shown from which a secret inflates, nor of which that is unknown', async (t) => {
  const deflate = new Deflate(TERMS)
  const [hello, ...others] = [HELLO, 'harmless', SESSION].map((one) => deflate.compress(Buffer.from(one)))
  const marked = (payload: Buffer) => text(payload, { rsv: COMPRESSED })
  const all = [hello, ...others].flatMap((one) => (one === undefined ? [] : [marked(one)]))
  for (const octets of [true, false])
    for (const entries of deflated(all, octets)) {
      hidesSecret(t, entries, 'whole')
      t.match(entries[0]?.text, /"token":"e.*…"/)
      t.strictSame(
        entries.map((entry) => entry.octets !== undefined),
        [false, octets, false],
      )
      t.ok(entries.every(({ hex }) => hex === undefined))
    }

  const payload = deflateRawSync(Buffer.from(HELLO), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  for (const size of [1, 5, 20])
    for (const entries of deflated(inFragments(payload, size, { rsv: COMPRESSED }))) {
      const first = entries.findIndex(({ withheld }) => withheld)
      t.ok(first >= 0 && entries.slice(first).every(({ octets }) => octets === undefined), `fragments of ${size}`)
      const shown = entries.slice(0, first).map((_, n) => payload.subarray(n * size, (n + 1) * size))
      t.notMatch(inflateRawSync(Buffer.concat(shown), { finishFlush: constants.Z_SYNC_FLUSH }).toString(), /c2l/)
    }

  const broken = Buffer.concat([payload.subarray(0, -3), Buffer.of(7)])
  for (const entries of deflated([marked(broken), marked(Buffer.from('harmless')), marked(payload)]))
    t.match(
      entries.filter(({ kind }) => kind !== 'note'),
      [
        { withheld: /cannot be inflated/, octets: undefined, hex: undefined },
        { hex: Buffer.from('harmless').toString('hex') },
        { withheld: /cannot be inflated/ },
      ],
    )
})

t.test('a server that compresses unasked gives no secret away either', async (t) => {
  const payload = deflateRawSync(Buffer.from(SESSION))
  const octets = encodeFrame({ opcode: OPCODE.text, rsv: COMPRESSED, payload, mask: null })
  const entries = recorded((transcript) => {
    for (const frame of new FrameDecoder('server').push(octets)) transcript.frame('received', frame)
  }, false)
  t.match(entries[0], { withheld: /compressed/, hex: undefined })
})
