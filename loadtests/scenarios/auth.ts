/** Tokens that are good, expired, forged, refreshed and let run out, while messages flow: does each get its due? */
import type { PlayedWorkload } from '../played-workload.ts'
import { playTime } from './auth-schedule.ts'
import { pace, until } from './pacer.ts'
import { RefreshingSubscriber } from './refreshing-subscriber.ts'
import { letRunOut, type RunOut } from './run-out.ts'
import { ramp, type Stage, takeStage } from './stage.ts'
import { subscribe } from './subscriber.ts'
import { Traffic } from './traffic.ts'
import { type Visit, visit } from './visit.ts'
import { isVisitor } from './visitors.ts'
import type { Seat } from './vu-messages.ts'

export { options } from './stage.ts'

/** How often it is looked at what is due. */
const TICK_MS = 50

export default async function auth() {
  const stage = await takeStage<PlayedWorkload<'auth'>>()
  const { share } = stage
  const refreshing: RefreshingSubscriber[] = []
  const runOuts: RunOut[] = []
  const traffic = new Traffic(stage, {
    subscriber: (seat) => {
      if (seat.refresh_tokens === undefined) return subscribe(seat, stage)
      const subscriber = new RefreshingSubscriber(seat, stage)
      refreshing.push(subscriber)
      return subscriber
    },
  })
  const ticking = setInterval(() => {
    for (const one of [...refreshing, ...runOuts]) one.tick()
  }, TICK_MS)
  const toRunOut = share.seats.flatMap((seat) => {
    if (seat.role !== 'run-out') return []
    return { seat, enter: () => runOuts.push(letRunOut(seat, stage)) }
  })
  // Visitors come later, and nobody waits for them: what becomes of them is for the checks to say.
  const visitors = share.seats.filter(({ role }) => isVisitor(role))
  for (const { role } of visitors) stage.roster.member(role).dismiss()

  await ramp(stage, [...traffic.entrances, ...toRunOut])
  traffic.giveUp()
  if (!stage.stopped()) for (const one of runOuts) one.giveUp()
  const startAt = await stage.start(traffic.granted)
  const published = traffic.publish(startAt)
  const visits = await receive(visitors, startAt, stage)
  await published
  await traffic.drain()
  const isOver = () => [...refreshing, ...runOuts, ...visits].every((one) => one.isSettled())
  await until(isOver, startAt + playTime(share.workload), stage)
  for (const one of visits) one.giveUp()
  for (const one of refreshing) one.finish()
  clearInterval(ticking)
  stage.handOver(traffic.records())
  for (const one of [traffic, ...runOuts]) one.close()
}

/** Lets visitors come, each at its time after the start. */
async function receive(visitors: readonly Seat[], startAt: number, stage: Stage): Promise<Visit[]> {
  const { now, stopped } = stage
  const inTurn = [...visitors].sort((a, b) => a.connect_ms - b.connect_ms)
  const visits: Visit[] = []
  const dueAt = (index: number) => startAt + (inTurn[index]?.connect_ms ?? 0)
  await pace({ now, stopped, count: inTurn.length, dueAt }, (index) => {
    const seat = inTurn[index]
    if (seat !== undefined && isVisitor(seat.role)) visits.push(visit(seat, seat.role, stage))
  })
  return visits
}
