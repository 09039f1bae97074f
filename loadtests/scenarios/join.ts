/** A VU's line to the coordinator, which hands out the work and the start, and takes the counts. */
import exec from 'k6/execution'
import type { PlayedWorkload } from '../played-workload.ts'
import { Socket } from './chat-socket.ts'
import { type Clock, startClock } from './clock.ts'
import type { FromVu, Ready, Records, Share, ToVu } from './vu-messages.ts'

export interface Coordinator<W extends PlayedWorkload> {
  readonly share: Share<W>
  readonly clock: Clock
  /** When the ramp begins, on the clock. */
  readonly rampAt: number
  tell(message: FromVu): void
  /** Says that this VU is ready; resolves when all are, to the time of the start, or where the run is called off. */
  start(ready: Omit<Ready, 'type'>): Promise<number>
  /** Whether the run was called off. */
  stopped(): boolean
  /** The last word. */
  handOver(records: Omit<Records, 'type'>): void
}

/** Arrives at the coordinator; resolves when it has given out the share, which is one of the scenario that is played. */
export function join<W extends PlayedWorkload>(): Promise<Coordinator<W>> {
  const engineClock = startClock()
  const line = new Socket(__ENV.SHAKEDOWN_COORDINATOR ?? '', 'shakedown', { tags: { name: 'coordinator' } })
  const tell = (message: FromVu) => line.send(JSON.stringify(message))
  let stopped = false
  let done = false
  let started: (at: number) => void = () => {}
  let clock: Clock | undefined
  const now = () => clock?.now() ?? 0

  const withShare = (message: Extract<ToVu, { type: 'share' }>): Coordinator<W> => {
    clock = engineClock.setTo(message.zero, message.epoch)
    return {
      share: message.share as Share<W>,
      clock,
      rampAt: message.ramp_at,
      tell,
      start(ready) {
        tell({ type: 'ready', ...ready })
        return new Promise((resolve) => {
          started = resolve
          if (stopped) resolve(now())
        })
      },
      stopped: () => stopped,
      handOver(records) {
        done = true
        tell({ type: 'records', ...records })
        line.close(1000)
      },
    }
  }

  const shard = Number(__ENV.SHAKEDOWN_SHARD)
  line.onopen = () => tell({ type: 'arrived', shard, epoch: engineClock.epoch })
  // Without a coordinator nobody counts, and nobody would end this process: it must not outlive it.
  line.onclose = () => {
    if (!done) exec.test.abort('the coordinator is gone')
  }
  line.onerror = () => {}
  return new Promise((resolve) => {
    line.onmessage = ({ data }) => {
      const message: ToVu = JSON.parse(String(data))
      if (message.type === 'share') return resolve(withShare(message))
      if (message.type === 'stop') stopped = true
      started(message.type === 'start' ? message.at : now())
    }
  })
}
