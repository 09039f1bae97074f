import t from 'tap'
import { agreementOf } from './agreement.ts'
import { emptyHistogram, latencyOf } from './histogram.ts'

/** Ten thousand latencies of 2 to 12 ms, the slowest hundredth of which is ten times as slow; each changed. */
function measured(change: (us: number) => number = (us) => us, count = 10_000) {
  const histogram = emptyHistogram()
  for (let i = 0; i < count; i++) {
    const us = 2000 + ((i * 373) % 1000) * 10
    histogram.recordValue(Math.round(change(i % 100 === 99 ? us * 10 : us)))
  }
  return latencyOf(histogram)
}

const ROWS: readonly (readonly [what: string, referee: ReturnType<typeof measured>, reason: RegExp | undefined])[] = [
  ['the same', measured(), undefined],
  ['a sample of it', measured((us) => us, 200), undefined],
  ['0.9 ms later', measured((us) => us + 900), undefined],
  ['a tenth slower', measured((us) => us * 1.1), undefined],
  ['2 ms later', measured((us) => us + 2000), /disagree: p50 7\.0 ms by k6, 9\.0 ms by the referee$/],
  ['2 ms earlier', measured((us) => us - 2000), /disagree: p50 7\.0 ms by k6, 5\.0 ms by the referee$/],
  [
    'twice as slow at the tail alone',
    measured((us) => (us > 11_500 ? us * 2 : us)),
    /disagree: p99 12\.\d ms by k6, 2\d\.\d ms by the referee$/,
  ],
  ['silent', measured((us) => us, 0), /^the referee has nothing to compare/],
]
for (const [what, latency, reason] of ROWS) {
  t.test(`a referee that is ${what} ${reason === undefined ? 'agrees' : 'does not agree'}`, async (t) => {
    const { figures, reason: told } = agreementOf(measured(), { receivers: 20, latency }, 0)
    t.equal(figures.agrees, reason === undefined)
    if (reason === undefined) t.equal(told, undefined)
    else t.match(told, reason)
  })
}

t.test('ratios are those of the referee to the engine', async (t) => {
  const { figures } = agreementOf(
    { count: 9, p50: 2, p99: 8 },
    { receivers: 2, latency: { ...measured(), p50: 3, p99: 4 } },
    10,
  )
  t.match(figures, { receivers: 2, p50_ratio: 1.5, p99_ratio: 0.5 })
})

t.test('k6 is granted the time in which it reads half of a room', async (t) => {
  const later = { receivers: 20, latency: measured((us) => us + 1900) }
  t.match(agreementOf(measured(), later, 50), {
    figures: { agrees: false, tolerance: { p50: { ms: 1.5 }, p99: { ms: 3.5 } } },
  })
  t.match(agreementOf(measured(), later, 100), {
    figures: { agrees: true, tolerance: { p50: { ms: 2 }, p99: { ms: 4 } } },
  })
})
