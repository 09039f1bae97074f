import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import t from 'tap'
import { parsePss, parseUsage, pssOf, usageOf } from './process-usage.ts'

const skip = !existsSync('/proc/self') && 'needs /proc'

t.test('processor time and memory are read whatever the name of the process', async (t) => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 70 30 20 0 1 0 1 1 1\n'
  t.same(parseUsage(stat, 'Name:\ta\nVmRSS:\t    2048 kB\n'), { cpu_s: 4, rss_bytes: 2048 * 1024 })
})

t.test('the proportional share is not taken for one of its parts', async (t) => {
  t.equal(parsePss('00400000-7fff r--p 0 [rollup]\nRss:   1736 kB\nPss:    228 kB\nPss_Dirty:  112 kB\n'), 228 * 1024)
  t.equal(parsePss('Pss_Dirty:  112 kB\n'), undefined)
})

t.test('nothing is known of a process that is not there', async (t) => {
  for (const pid of [undefined, 2 ** 30]) t.same([usageOf(pid), pssOf(pid)], [undefined, undefined])
})

t.test('a shell that starts a server counts for the server', { skip }, async (t) => {
  const big = "globalThis.kept = Buffer.alloc(64 * 1024 ** 2, 1); console.log('ready'); process.stdin.resume()"
  const shell = spawn('/bin/sh', ['-c', '"$0" -e "$1"; true', process.execPath, big], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  t.teardown(async () => {
    shell.stdin.end()
    await once(shell, 'close')
  })
  await once(shell.stdout, 'data')
  const [rss, pss] = [usageOf(shell.pid)?.rss_bytes ?? 0, pssOf(shell.pid) ?? 0]
  t.ok(rss > 64 * 1024 ** 2, 'its buffer is there')
  t.ok(pss > 64 * 1024 ** 2 && pss <= rss, 'and in the proportional share, which is no more')
  t.ok((usageOf(shell.pid, shell.pid)?.rss_bytes ?? 0) < 2 * rss, 'once, however often it is named')
})
