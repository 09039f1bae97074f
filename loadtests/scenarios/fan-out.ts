/** Publishers to every subscriber of their room: is each message delivered once, in order, and how soon after its time? */
import { ramp, takeStage } from './stage.ts'
import { Traffic } from './traffic.ts'

export { options } from './stage.ts'

export default async function fanOut() {
  const stage = await takeStage()
  const traffic = new Traffic(stage)
  // Everybody is ready before anything is published: who subscribes late would miss what it is owed.
  await ramp(stage, traffic.entrances)
  traffic.giveUp()
  const startAt = await stage.start(traffic.granted)
  await traffic.publish(startAt)
  await traffic.drain()
  stage.handOver(traffic.records())
  traffic.close()
}
