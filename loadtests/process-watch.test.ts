import t from 'tap'
import { coresUnderLoad, type Reading } from './process-watch.ts'

/** What the engines had used by then, both in seconds. */
const reading = (at_s: number, cpu_s?: number): Reading => ({
  at: at_s * 1000,
  generator: cpu_s === undefined ? undefined : { cpu_s, rss_bytes: 0 },
})
const begin = reading(0)

t.test('where messages are published, the cores count from the first of them', async (t) => {
  const readings = { begin, ramp: reading(1, 0), start: reading(5, 8), end: reading(15, 9) }
  t.equal(coresUnderLoad(readings, true), 0.1)
})

t.test('where nothing is published, the ramp counts, and what is held after it does not thin it out', async (t) => {
  const readings = { begin, ramp: reading(1, 0), start: reading(5, 8), end: reading(15, 9) }
  t.equal(coresUnderLoad(readings, false), 2)
})

t.test('a ramp of less than a second tells nothing by itself', async (t) => {
  const readings = { begin, ramp: reading(1, 0), start: reading(1.5, 1), end: reading(11, 2) }
  t.equal(coresUnderLoad(readings, false), 0.2)
})

t.test('what was not read is not known', async (t) => {
  const readings = { begin, ramp: reading(1), start: reading(5), end: reading(15, 9) }
  t.equal(coresUnderLoad(readings, true), undefined)
  t.equal(coresUnderLoad(readings, false), undefined)
  t.equal(coresUnderLoad({ begin }, true), undefined)
})
