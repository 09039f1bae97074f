import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { parseQueues, parseTcpMemory, queuesOf, tcpMemory } from './process-sockets.ts'

const skip = !existsSync('/proc/net/sockstat') && 'needs /proc'

t.test('the memory of TCP buffers is told in pages, and that of UDP is not taken for it', async (t) => {
  const sockstat = 'sockets: used 90\nTCP: inuse 16 orphan 0 tw 1560 alloc 16 mem 12\nUDP: inuse 0 mem 7\n'
  t.equal(parseTcpMemory(sockstat, 4096), 12 * 4096)
  t.equal(parseTcpMemory('sockets: used 90\nUDP: inuse 0 mem 7\n', 4096), undefined)
})

t.test('queues are those of the port at this end, but for its backlog', async (t) => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000009 00:00000000 00000000     0        0 1 1
   1: 0100007F:0FA0 0100007F:C001 01 00000100:00000002 00:00000000 00000000     0        0 2 1
   2: 0100007F:C001 0100007F:0FA0 01 00000001:00010000 00:00000000 00000000     0        0 3 1
   3: 0000000000000000FFFF00000100007F:0FA0 0000000000000000FFFF00000100007F:C002 01 00000010:00000000 00:0 0 0 0 4`
  t.same(parseQueues(table, 4000), { unsent_bytes: 0x110, unread_bytes: 2 })
  t.same(parseQueues(table, 0xc001), { unsent_bytes: 1, unread_bytes: 0x10000 })
  t.same(parseQueues(table, 1), { unsent_bytes: 0, unread_bytes: 0 })
})

t.test('what nobody reads is seen in the kernel', { skip }, async (t) => {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect(port, '127.0.0.1')
  const [socket] = await accepted
  t.teardown(() => {
    client.destroy()
    socket.destroy()
    server.close()
  })
  await new Promise<unknown>((resolve) => client.write(Buffer.alloc(20_000), resolve))
  t.match(queuesOf(port), { unread_bytes: 20_000 })
  t.type(tcpMemory(), 'number')
})
