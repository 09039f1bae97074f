import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { listenersOf, parseListening } from './process-listener.ts'

const skip = !existsSync('/proc/net/tcp') && 'needs /proc'

t.test('a socket that listens is told from its connections and from those of other ports', async (t) => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71 1 0000000000000000 100
   1: 0100007F:0FA0 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 72 1 0000000000000000 20
   2: 00000000:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 73 1 0000000000000000 100
   3: 00000000000000000000000000000000:0FA0 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 74 1`
  t.same(parseListening(table, 4000), ['71', '74'])
})

t.test('this process is found by the port on which it listens', { skip }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.same(listenersOf(port), [process.pid])
  await new Promise((resolve) => server.close(resolve))
  t.same(listenersOf(port), [])
})
