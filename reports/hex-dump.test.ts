import t from 'tap'
import { hexDump, quotedOctets } from './hex-dump.ts'
import { renderHtml } from './html/page.ts'
import { conformanceSample } from './samples/sample.ts'
import { renderSummary } from './summary.ts'
import { entryText } from './transcript.ts'

const HELLO = { header: '818537fa213d', payload: '7f9f4d5158' }

t.test('the header stands apart, and a masked payload is read without its mask', async (t) => {
  t.strictSame(hexDump(HELLO), [
    '0000  81 85 37 fa 21 3d                                 header, masking key',
    '0006  7f 9f 4d 51 58                                    Hello',
  ])
  t.strictSame(hexDump({ header: '8102', payload: '6869' }), [
    '0000  81 02                                             header',
    '0002  68 69                                             hi',
  ])
})

t.test('a payload of several lines keeps the phase of its mask and its offsets, over what is left out', async (t) => {
  const said = Buffer.from('abcdefghijklmnopqrstuvwxyz')
  const key = Buffer.from('37fa213d', 'hex')
  const masked = Buffer.from(said.map((octet, n) => octet ^ (key[n & 3] ?? 0))).toString('hex')
  const lines = hexDump({
    header: `829a${key.toString('hex')}`,
    payload: masked.slice(0, 36),
    left_out: 5,
    end: masked.slice(46),
  })
  t.match(
    lines.slice(1).map((line) => line.replace(/ {2}(?:[0-9a-f]{2} )+ */, ' ')),
    [/^0006 abcdefghijklmnop$/, /^0016 qr$/, /5 octets left out/, /^001d xyz$/],
  )
})

t.test('where a frame went out in several writes, each is marked where it began', async (t) => {
  t.strictSame(hexDump({ ...HELLO, writes: [0, 2, 7] }), [
    '0000 |81 85|37 fa 21 3d                                 header, masking key',
    '0006  7f|9f 4d 51 58                                    Hello',
  ])
  t.strictSame(hexDump({ ...HELLO, writes: [0] }), hexDump(HELLO))
})

t.test('a header that was cut short has no mask', async (t) => {
  t.strictSame(
    [1, 2, 4].map((octets) => hexDump({ header: HELLO.header.slice(0, 2 * octets), payload: '' }).length),
    [1, 1, 1],
  )
  t.match(hexDump({ header: '818537fa', payload: '' }), [/header$/])
})

t.test('a long payload is quoted by its ends', async (t) => {
  const payload = Buffer.alloc(512, 'a').toString('hex')
  const quoted = quotedOctets({ header: '827e0400', payload, left_out: 496, end: '62'.repeat(16) })
  t.match(quoted, { payload: payload.slice(0, 192), left_out: 512 - 96 + 496, end: '62'.repeat(16) })
  t.match(quotedOctets({ header: '827e0200', payload }), { left_out: 400, end: '61'.repeat(16) })
  t.strictSame(quotedOctets(HELLO), HELLO)
})

t.test('a payload that is not UTF-8 is shown with what it says as far as it is printable', async (t) => {
  const entry = { at_ms: 1, connection: 'client', kind: 'sent', opcode: 1, length: 4, hex: 'ed613c80' } as const
  t.match(entryText(entry), /TEXT 4 B {2}ed 61 3c 80 {2}"\.a<\."$/)
})

t.test(
  'octets stand in the page and, where a finding has them, on the terminal, which else says how to ask',
  async (t) => {
    const sample = conformanceSample('conformance-failing')
    const plain = renderSummary(sample, { color: false })
    t.match(plain, /--octets shows each frame/)
    t.notMatch(plain, /masking key/)
    const octets = { ...HELLO, writes: [0, 2] }
    const withOctets = {
      ...sample,
      cases: sample.cases.map((one) => ({
        ...one,
        transcript: one.transcript.map((entry) => (entry.kind === 'sent' ? { ...entry, octets } : entry)),
      })),
    }
    const told = renderSummary(withOctets, { color: false })
    t.notMatch(told, /--octets/)
    t.match(told, /^ +0000 \|81 85\|37 fa 21 3d +header, masking key$/m)
    t.match(
      renderHtml([withOctets]),
      /<summary>octets<\/summary><code>0000 \|81 85\|37 fa 21 3d +header, masking key\n/,
    )
    const withheld = {
      ...sample,
      cases: sample.cases.map((one) => ({
        ...one,
        transcript: [{ at_ms: 1, connection: 'alice', kind: 'sent', withheld: 'a secret' } as const],
      })),
    }
    t.match(renderHtml([withheld]), /Not shown: a secret/)
  },
)
