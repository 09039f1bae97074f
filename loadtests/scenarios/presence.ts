/** Members come and go by a schedule: is every watcher told of it once, in time, and of nothing else? */
import type { PlayedWorkload } from '../played-workload.ts'
import { Attendee } from './attendee.ts'
import { pace, until } from './pacer.ts'
import { ramp, type Stage, takeStage } from './stage.ts'
import { Watcher } from './watcher.ts'

export { options } from './stage.ts'

/** A flicker follows on the heels of what caused it: stay to see it, in ms. */
const LINGER_MS = 250

export default async function presence() {
  const stage = await takeStage<PlayedWorkload<'presence'>>()
  const { workload, seats } = stage.share
  const watchers: Watcher[] = []
  const members: Attendee[] = []
  const entrances = seats.map((seat) => ({
    seat,
    enter: () =>
      seat.role === 'watcher' ? watchers.push(new Watcher(seat, stage)) : members.push(new Attendee(seat, stage)),
  }))
  await ramp(stage, entrances)
  const all = [...watchers, ...members]
  if (!stage.stopped()) for (const one of all) one.giveUp()
  const startAt = await stage.start()
  for (const watcher of watchers) watcher.startsAt(startAt)
  const endAt = startAt + workload.duration_ms + workload.grace_ms
  const played = Promise.all([...members.map((member) => member.play(startAt)), lookLate(watchers, startAt, stage)])
  await Promise.race([played, until(() => false, endAt, stage)])
  // Members of other VUs may still be under way: what is due tells.
  await until(() => watchers.every((watcher) => watcher.awaited() === 0), endAt + workload.drain_ms, stage)
  await until(() => false, Math.max(stage.now(), endAt) + LINGER_MS, stage)
  if (!stage.stopped()) {
    const judged = Promise.all(watchers.map((watcher) => watcher.judge()))
    await Promise.race([judged, until(() => false, stage.now() + workload.drain_ms, stage)])
  }
  stage.handOver({})
  for (const one of all) one.close()
}

/** Lets those subscribe who come late. */
function lookLate(watchers: readonly Watcher[], startAt: number, { now, stopped }: Stage): Promise<void> {
  const late = watchers.flatMap((watcher) =>
    watcher.late_ms === undefined ? [] : [{ due: startAt + watcher.late_ms, look: () => watcher.look() }],
  )
  late.sort((a, b) => a.due - b.due)
  const dueAt = (index: number) => late[index]?.due ?? 0
  return pace({ now, stopped, count: late.length, dueAt }, (index) => late[index]?.look())
}
