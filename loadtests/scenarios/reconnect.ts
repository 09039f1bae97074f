/** Everybody is thrown out at once, while messages flow: is each session resumed, and each message heard once? */
import type { PlayedWorkload } from '../played-workload.ts'
import { until } from './pacer.ts'
import { type ReturningSubscriber, subscribeAndReturn } from './returning-subscriber.ts'
import { ramp, takeStage } from './stage.ts'
import { Traffic } from './traffic.ts'

export { options } from './stage.ts'

export default async function reconnect() {
  const stage = await takeStage<PlayedWorkload<'reconnect'>>()
  const { storm, storm_at_ms } = stage.share.workload
  const subscribers: ReturningSubscriber[] = []
  const traffic = new Traffic(stage, (seat) => {
    const subscriber = subscribeAndReturn(seat, stage)
    subscribers.push(subscriber)
    return subscriber
  })
  await ramp(stage, traffic.entrances)
  traffic.giveUp()
  const startAt = await stage.start(traffic.granted)
  const published = traffic.publish(startAt)
  await until(() => false, startAt + storm_at_ms, stage)
  // Where the server is to drain, it is told so beside the VUs.
  if (!stage.stopped()) for (const subscriber of subscribers) subscriber.expectLoss(storm === 'close')
  await published
  await traffic.drain()
  if (!stage.stopped()) for (const subscriber of subscribers) subscriber.judgeReturn()
  stage.handOver(traffic.records())
  traffic.close()
}
