import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { ServerWatch } from './server-watch.ts'

const skip = !existsSync('/proc/self/smaps_rollup') && 'needs /proc'

t.test('a server that was found here is measured by its process and by its own word', { skip }, async (t) => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.end('chat_connections 3\nprocess_resident_memory_bytes 1\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const watch = new ServerWatch({ urls: [`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`] })
  t.teardown(() => {
    watch.close()
    server.closeAllConnections()
    server.close()
  })
  await Promise.all([watch.sample(), watch.sample()])
  t.equal(asked, 1, 'one at a time')
  t.equal(watch.programs[0], readFileSync('/proc/self/comm', 'utf8').trim(), 'it is named')
  const [sample] = watch.samples
  t.match(sample, { connections: 3, unread_bytes: Number, tcp_memory_bytes: Number })
  t.ok((sample?.rss_bytes ?? 0) > 10e6, 'what the kernel says counts')
  t.ok((sample?.pss_bytes ?? 0) > 10e6)
  t.ok((sample?.cpu_s ?? 0) > 0)
})

t.test('a server of which nothing is to be had gives samples of nothing', async (t) => {
  const watch = new ServerWatch({ urls: ['ws://nowhere.invalid:1/ws'] })
  t.teardown(() => watch.close())
  await watch.sample()
  t.same(Object.keys(watch.samples[0] ?? {}), ['at'])
  t.same(watch.programs, [])
})
