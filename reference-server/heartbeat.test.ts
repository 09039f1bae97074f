import t from 'tap'
import { Heartbeat } from './heartbeat.ts'

const isDeaf = () => false
const LIMITS = { heartbeat_interval_ms: 10, heartbeat_grace_ms: 15 }

t.test('pings come at intervals until silence has lasted for interval and grace', async (t) => {
  const begun = performance.now()
  let pings = 0
  await new Promise<void>((resolve) => {
    const heartbeat = new Heartbeat(LIMITS, {
      isDeaf,
      ping: () => pings++,
      dead: () => {
        heartbeat.stop()
        resolve()
      },
    })
  })
  t.ok(performance.now() - begun >= 25, 'not before')
  t.ok(pings >= 1, 'pinged meanwhile')
})

t.test('who is heard at every ping is not dead', async (t) => {
  let heardAt = 0
  await new Promise<void>((resolve) => {
    let pings = 0
    const heartbeat = new Heartbeat(LIMITS, {
      isDeaf,
      ping: () => {
        if (++pings > 5) return
        heardAt = performance.now()
        heartbeat.heard()
      },
      dead: () => {
        heartbeat.stop()
        resolve()
      },
    })
  })
  t.ok(performance.now() - heardAt >= 25, 'interval and grace are counted from the last sign of life')
})
