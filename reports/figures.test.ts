import t from 'tap'
import { formatBytes, formatCount, formatDuration, formatInstant, formatLatency, plural } from './figures.ts'

t.test('figures are told in the unit that suits them', async (t) => {
  t.same([0, 0.0004, 0.42, 1.234, 45.67, 999.9, 1200].map(formatLatency), [
    '0 ms',
    '0 µs',
    '420 µs',
    '1.23 ms',
    '45.7 ms',
    '1,000 ms',
    '1.20 s',
  ])
  t.same([840, 12_345, 125_000, 120_000, 3_720_000].map(formatDuration), [
    '840 ms',
    '12.3 s',
    '2 min 5 s',
    '2 min',
    '1 h 2 min',
  ])
  t.same([0, 512, 1536, 81_264_640, -2048].map(formatBytes), ['0 B', '512 B', '1.50 KiB', '77.5 MiB', '-2.00 KiB'])
  t.same([plural(1, 'case'), plural(1234, 'case'), formatCount(14.256)], ['1 case', '1,234 cases', '14.26'])
})

t.test('an instant loses its fraction, and what is no instant stays as it is', async (t) => {
  t.equal(formatInstant('2026-11-23T14:50:12.004Z'), '2026-11-23 14:50:12 UTC')
  t.equal(formatInstant('<yesterday>'), '<yesterday>')
})
