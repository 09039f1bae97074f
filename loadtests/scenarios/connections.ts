/** Idle connections, opened in steps, held, and closed by us: how soon is each welcomed, and is none dropped? */
import type { PlayedWorkload } from '../played-workload.ts'
import { type Held, hold } from './held.ts'
import { pace, until } from './pacer.ts'
import { ramp, takeStage } from './stage.ts'

export { options } from './stage.ts'

/** For the last close to be answered, in ms. */
const ANSWER_MS = 5000

export default async function connections() {
  const stage = await takeStage<PlayedWorkload<'connections'>>()
  const { share, now, stopped } = stage
  const held: Held[] = []
  await ramp(
    stage,
    share.seats.map((seat) => ({ seat, enter: () => held.push(hold(seat, stage)) })),
  )
  for (const one of held) one.giveUp()
  const startAt = await stage.start()
  await until(() => false, startAt + share.workload.duration_ms, stage)
  // As fast as they came: the numbers of all VUs together are one row.
  const closesAt = startAt + share.workload.duration_ms
  const dueAt = (index: number) => closesAt + ((held[index]?.number ?? 0) * 1000) / share.workload.connect_rate_per_s
  await pace({ now, stopped, count: held.length, dueAt }, (index) => held[index]?.close())
  await until(() => held.every(({ isOver }) => isOver()), now() + ANSWER_MS, stage)
  if (!stopped()) for (const one of held) one.judge()
  stage.handOver({})
  for (const one of held) one.close()
}
