/** Connections that answer each ping, and others that fall silent: who is closed, with which code, and when? */
import type { PlayedWorkload } from '../played-workload.ts'
import { type Heart, live, mute } from './heartbeat-roles.ts'
import { until } from './pacer.ts'
import { closedWithin, longest } from './silence.ts'
import { ramp, takeStage } from './stage.ts'

export { options } from './stage.ts'

export default async function heartbeat() {
  const stage = await takeStage<PlayedWorkload<'heartbeat'>>()
  const { workload, seats } = stage.share
  const hearts: Heart[] = []
  const join = { live, mute }
  await ramp(
    stage,
    seats.map((seat) => ({
      seat,
      enter: () => hearts.push(join[seat.role as keyof typeof join](seat, stage)),
    })),
  )
  for (const heart of hearts) heart.giveUp()
  const granted = longest(hearts.flatMap(({ limits }) => limits ?? []))
  const startAt = await stage.start(granted === undefined ? {} : { heartbeat: granted })
  // Those that answer are to outlive those that do not.
  await until(() => false, startAt + workload.duration_ms, stage)
  await until(() => hearts.every((heart) => heart.isDecided()), startAt + closedWithin(workload), stage)
  if (!stage.stopped()) for (const heart of hearts) heart.judge()
  stage.handOver({})
  for (const heart of hearts) heart.close()
}
