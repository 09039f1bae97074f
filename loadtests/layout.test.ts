import t from 'tap'
import { layOut, type Need } from './layout.ts'
import { WorkloadError } from './played-workload.ts'

const machine = {
  cpu_count: 2,
  limits: { open_files: 20_000 },
  sysctls: { 'net.ipv4.ip_local_port_range': '32768 60999' },
}
const need: Need = { connections: 500, urls: ['ws://127.0.0.1:4000/ws'] }
const several = ['ws://127.0.0.1:1/ws', 'ws://127.0.0.1:2/ws', 'ws://127.0.0.1:3/ws']

const ROWS: readonly (readonly [title: string, need: Partial<Need>, engines: readonly object[]])[] = [
  ['one process has an event loop a core', {}, [{ vus: 2 }]],
  ['no event loop is without a connection', { connections: 1 }, [{ vus: 1 }]],
  [
    '18,000 connections fit into one process',
    { connections: 18_000, server: { nodes: 1, hasBalancer: false } },
    [{ vus: 2 }],
  ],
  [
    'nodes share what one server cannot hold',
    { connections: 25_000, server: { nodes: 2, hasBalancer: false } },
    [{ vus: 1 }, { vus: 1 }],
  ],
  ['what one process cannot hold is dealt to two', { connections: 25_000 }, [{ vus: 1 }, { vus: 1 }]],
  ['as many as asked for', { shards: 3 }, [{ vus: 1 }, { vus: 1 }, { vus: 1 }]],
  [
    'past the ports of one address each has its own',
    { connections: 30_000 },
    [
      { vus: 1, localIp: '127.0.1.1' },
      { vus: 1, localIp: '127.0.2.1' },
    ],
  ],
  [
    'each address of the target has ports of its own',
    { connections: 60_000, urls: several },
    [{ vus: 1 }, { vus: 1 }, { vus: 1 }, { vus: 1 }],
  ],
]
for (const [title, changed, engines] of ROWS) {
  t.test(title, async (t) => t.same(layOut({ ...need, ...changed }, machine), engines))
}

const REFUSED: readonly (readonly [need: Partial<Need>, message: RegExp])[] = [
  [
    { connections: 20_000, server: { nodes: 1, hasBalancer: false } },
    /20000 open files.*raise the limit to 20200.* at most 19800$/,
  ],
  [
    { connections: 40_000, server: { nodes: 2, hasBalancer: false } },
    /too few for 2 nodes with 40000 connections.*raise the limit to 20200 .* at most 39600$/,
  ],
  [
    { connections: 9901, server: { nodes: 3, hasBalancer: true } },
    /too few for a balancer, which needs two for each, with 9901 .*raise the limit to 20002 .* at most 9900$/,
  ],
  [
    { connections: 30_000, urls: ['ws://10.0.0.1/ws'] },
    /30000 connections need as many local ports, and there are 28232/,
  ],
  [{ connections: 60_000, shards: 2 }, /2 shards cannot hold 60000 connections: give --shards at least 4/],
  [{ connections: 2, shards: 3 }, /3 shards cannot hold 2 connections: .* at most 2$/],
]
for (const [changed, message] of REFUSED) {
  t.test(`refused: ${message.source}`, async (t) => {
    t.throws(() => layOut({ ...need, ...changed }, machine), { name: 'WorkloadError', message })
  })
}

t.test('what is not known of a machine is not held against a run', async (t) => {
  t.same(layOut({ ...need, connections: 99_999 }, { cpu_count: 2, limits: {} }), [{ vus: 2 }])
  t.throws(() => layOut(need, { ...machine, limits: { open_files: 100 } }), WorkloadError)
})
