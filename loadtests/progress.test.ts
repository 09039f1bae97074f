import t from 'tap'
import { type LoadProgress, progressLine } from './progress.ts'

const progress: LoadProgress = {
  phase: 'publishing',
  elapsed_ms: 4321,
  planned_ms: 14_010,
  sockets: 505,
  sockets_planned: 505,
  published: 80,
  delivered: 7998,
  deliveries_per_s: 2000,
  p99: 3.14,
  missing: 2,
  queue_p99: 0.42,
}

t.test('a run tells what it does, how far it is and how it fares', async (t) => {
  t.equal(
    progressLine(progress),
    'publishing 4/15 s · 505 sockets · 80 sent · 7,998 delivered (2,000/s) · p99 3.1 ms · 2 missing · generator queue 0.4 ms',
  )
})

t.test('while it connects, it tells how many are ready, and what went wrong', async (t) => {
  const connecting = {
    ...progress,
    phase: 'connecting',
    sockets: 12,
    published: 0,
    trouble: '3 × subscriber failed',
  } as const
  t.equal(progressLine(connecting), 'connecting 4/15 s · 12 of 505 sockets · 3 × subscriber failed')
  t.equal(progressLine({ ...progress, phase: 'preparing', elapsed_ms: 0 }), 'preparing 0/15 s')
})
