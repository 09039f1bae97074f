/** Connections are lost, at once or node by node, while messages flow: is each session resumed, each message heard once? */
import type { PlayedWorkload } from '../played-workload.ts'
import { until } from './pacer.ts'
import { publisher } from './publisher.ts'
import { ReturningPublisher } from './returning-publisher.ts'
import { ReturningSubscriber } from './returning-subscriber.ts'
import { ramp, type Stage, takeStage } from './stage.ts'
import { subscribe } from './subscriber.ts'
import { Traffic } from './traffic.ts'

export { options } from './stage.ts'

type Reconnect = PlayedWorkload<'reconnect'>
type Returning = ReturningSubscriber | ReturningPublisher

export default async function reconnect() {
  const stage = await takeStage<Reconnect>()
  const all: Returning[] = []
  const returning = <R extends Returning>(one: R): R => {
    all.push(one)
    return one
  }
  // Who has no way back is to stay.
  const traffic = new Traffic(stage, {
    subscriber: (seat) =>
      seat.failover === undefined ? subscribe(seat, stage) : returning(new ReturningSubscriber(seat, stage)),
    publisher: (seat) =>
      seat.failover === undefined ? publisher(seat, stage) : returning(new ReturningPublisher(seat, stage)),
  })
  await ramp(stage, traffic.entrances)
  traffic.giveUp()
  const startAt = await stage.start(traffic.granted)
  const published = traffic.publish(startAt)
  await storm(all, startAt + stage.share.workload.storm_at_ms, stage)
  await published
  await until(() => all.every(hasReturned), startAt + stage.share.play_ms, stage)
  await traffic.drain()
  if (!stage.stopped()) for (const one of all) judgeReturn(one, stage)
  stage.handOver(traffic.records())
  traffic.close()
}

/** Clients break off by themselves; what is done to the server is done beside the VUs. */
async function storm(all: readonly Returning[], at: number, stage: Stage<Reconnect>): Promise<void> {
  const { storm } = stage.share.workload
  if (storm === 'kill-node') for (const { socket } of all) socket.expectDeath(at)
  if (storm !== 'close') return
  await until(() => false, at, stage)
  if (!stage.stopped()) for (const { socket } of all) socket.breakOff()
}

const hasCaughtUp = (one: Returning) => one instanceof ReturningPublisher || one.hasCaughtUp
const hasReturned = (one: Returning) => one.socket.hasReturned && hasCaughtUp(one)

function judgeReturn(one: Returning, { share, checks }: Stage<Reconnect>): void {
  // Behind a balancer nobody knows who was on the node that died: some were not.
  if (share.workload.storm === 'kill-node' && one.socket.hasStayed) return
  const { who, whereabouts } = one.socket
  checks.judge(
    'came_back',
    hasReturned(one),
    () => `${who} ${whereabouts}${hasCaughtUp(one) ? '' : ' and lacks some of its replay'}`,
  )
}
