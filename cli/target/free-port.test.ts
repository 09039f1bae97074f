import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import { freePort } from './free-port.ts'

t.test(
  'no port is handed out twice, though nobody listens on it yet, and none that an outgoing connection may take',
  async (t) => {
    const ports = new Set<number>()
    // By the birthday paradox, who chooses freely repeats himself among so many.
    for (let n = 0; n < 1000; n += 1) ports.add(await freePort())
    t.equal(ports.size, 1000)
    const [lowest = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t')
    t.ok([...ports].every((port) => port < Number(lowest)))
  },
)

t.test('who is given one can listen there', async (t) => {
  const server = createServer().listen(await freePort(), '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  t.pass('it listens')
})
