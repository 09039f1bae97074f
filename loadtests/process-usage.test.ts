import t from 'tap'
import { parseUsage, usageOf } from './process-usage.ts'

t.test('processor time and memory are read whatever the name of the process', async (t) => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 7 7 20 0 1 0 1 1 1\n'
  t.same(parseUsage(stat, 'Name:\ta\nVmRSS:\t    2048 kB\n'), { cpu_s: 3, rss_bytes: 2048 * 1024 })
})

t.test('nothing is known of a process that is not there', async (t) => {
  t.equal(usageOf(undefined), undefined)
  t.equal(usageOf(2 ** 30), undefined)
})
