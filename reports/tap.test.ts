import t from 'tap'
import { type FinalResults, Parser } from 'tap-parser'
import { matchesGolden } from './golden/matches-golden.ts'
import { HOSTILE_LINES, withStrings } from './samples/hostile.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'
import { renderTap } from './tap.ts'

t.test('packs and sections are subtests, and what is not a pass says why', async (t) => {
  matchesGolden(t, 'conformance.tap', renderTap([conformanceSample('conformance-failing')]))
})

t.test('holds to TAP 14, strictly, and counts as the result does', async (t) => {
  const { points, errors } = parse(renderTap([conformanceSample('conformance-failing')]))
  t.same(errors, [])
  t.same(
    points.filter(({ ok }) => !ok).map(({ name }) => name),
    [
      'handshake/query-token-is-refused',
      'delivery/fan-out-reaches-every-subscriber',
      'heartbeat/silence-closes-4301',
      'rsv/rsv1-fails-the-connection',
      'utf8/invalid-per-octet',
    ],
  )
  t.equal(points.length, 12)
  t.match(
    points.find(({ name }) => name === 'auth/revoked-jti-closes-4103'),
    { ok: true, skip: 'the target declares no control path' },
  )
  t.match(points.find(({ name }) => name === 'rsv/rsv1-fails-the-connection')?.diag, {
    verdict: 'fail',
    expected: 'the connection failed with 1002',
    actual: 'an echo of the frame',
    replay: 'npx shakedown conform --only rsv/rsv1-fails-the-connection',
  })
})

t.test('several results are a subtest each, load runs with their checks', async (t) => {
  const results = [conformanceSample('conformance-passing'), loadSample('load-missed'), loadSample('load-invalid')]
  const text = renderTap(results)
  matchesGolden(t, 'several.tap', text)
  t.same(parse(text).errors, [])
})

t.test('a result without cases is a plan of none', async (t) => {
  const text = renderTap([{ ...conformanceSample('conformance-passing'), cases: [] }])
  t.equal(text, 'TAP version 14\n1..0 # SKIP nothing ran\n')
  t.same(parse(text).errors, [])
})

t.test('nothing that a server sent becomes a test point', async (t) => {
  const results = [conformanceSample('conformance-failing'), loadSample('load-invalid')]
  const [calm, hostile] = ['calm.', HOSTILE_LINES].map((text) =>
    parse(renderTap(results.map((result) => withStrings(result, text)))),
  )
  t.same(hostile?.errors, [])
  t.same(
    hostile?.points.map(({ ok }) => ok),
    calm?.points.map(({ ok }) => ok),
  )
})

interface Point {
  readonly ok: boolean
  readonly name: string
  readonly skip: boolean | string
  readonly diag: unknown
}

/** The test points that hold no others, and whatever is no TAP, by the parser of another project. */
function parse(text: string): { readonly points: readonly Point[]; readonly errors: readonly unknown[] } {
  const points: Point[] = []
  const errors: unknown[] = []
  const listen = (parser: Parser) => {
    let hadChild = false
    parser.on('child', (child) => {
      hadChild = true
      listen(child)
    })
    parser.on('assert', (point: Point) => {
      if (!hadChild) points.push(point)
      hadChild = false
    })
    parser.on('extra', (extra) => errors.push(extra))
    parser.on('bailout', (reason) => errors.push(reason))
    parser.on('complete', ({ failures }: FinalResults) => errors.push(...failures.filter(({ tapError }) => tapError)))
  }
  const parser = new Parser({ strict: true })
  listen(parser)
  parser.end(text)
  return { points, errors }
}
