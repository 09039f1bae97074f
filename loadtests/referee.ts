/**
 * A second, independent receiver of what the VUs of k6 receive: n connections of a Node process of its own, subscribed
 * to the rooms of the run, which no ledger counts. Where both sides tell the same latencies, it is not k6 that is told.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { Latency } from '../schemas/generated/results.ts'
import { latencyOf } from './histogram.ts'
import type { Deal, Place } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import { type PlayedWorkload, WorkloadError } from './played-workload.ts'
import type { Seat } from './scenarios/vu-messages.ts'

export type RefereeSeat = Pick<Seat, 'url' | 'room' | 'token' | 'connect_ms'>

export type ToReferee =
  | {
      readonly type: 'receive'
      readonly seats: readonly RefereeSeat[]
      readonly origin?: string | undefined
      /** Wall clock at the run's zero, and at the begin of the ramp, in ms since 1970. */
      readonly zero: number
      readonly rampAt: number
    }
  | { readonly type: 'finish' }

export type FromReferee =
  | { readonly type: 'here' }
  /** One more is subscribed; so many are. */
  | { readonly type: 'receives'; readonly receivers: number }
  | { readonly type: 'counted'; readonly histogram: string }

/** What the referee saw. */
export interface Testimony {
  /** Connections that were subscribed. */
  readonly receivers: number
  /** From the intended send time to the arrival of each first copy. */
  readonly latency: Latency
}

export interface Referee {
  receive(work: Omit<Extract<ToReferee, { type: 'receive' }>, 'type'>): void
  /** Resolves when all of its receivers are subscribed; never, where one of them cannot be. */
  readonly ready: Promise<void>
  /** What it counted; undefined where its process has ended. */
  testimony(): Promise<Testimony | undefined>
  /** Ends it at once. */
  kill(): void
}

/**
 * Where the referee's receivers sit: dealt to the rooms in turn, and connected at even distances among the subscribers
 * of the ramp. A server writes to the members of a room one after the other, most in the order in which they came:
 * receivers that all came first, or last, would see another distribution than the room.
 * @throws WorkloadError where the scenario is not one in which everybody hears everything, or a room would have none.
 */
export function refereePlaces(receivers: number, workload: PlayedWorkload, { places }: Deal): Place[] {
  if (planOf(workload).script !== 'fan-out')
    throw new WorkloadError(
      `--referee goes with fan-out, soak and http, whose subscribers all stay and listen; ${workload.scenario} is another scenario`,
    )
  const subscribers = places.filter(({ role }) => role === 'subscriber')
  const rooms = [...new Map(subscribers.map((place) => [place.room, place])).values()]
  if (receivers < rooms.length)
    throw new WorkloadError(
      `--referee ${receivers} leaves rooms without a receiver: give at least one for each of the ${rooms.length} rooms`,
    )
  return Array.from({ length: receivers }, (_, number) => {
    const { room = '' } = rooms[number % rooms.length] ?? {}
    const among = subscribers[Math.floor(((number + 0.5) * subscribers.length) / receivers)]
    const { connect_ms = 0, url = '' } = among ?? {}
    return { role: 'referee', number, room, url, connect_ms, token: { sub: `${room}-r${number}`, rooms_read: [room] } }
  })
}

export function startReferee(receivers: number): Referee {
  const child = spawnReferee()
  const { promise: ready, resolve: settle } = promised<void>()
  const { promise: here, resolve: arrive } = promised<void>()
  const { promise: counted, resolve: count } = promised<string | undefined>()
  let subscribed = 0
  child.on('message', (message: FromReferee) => {
    if (message.type === 'here') arrive()
    else if (message.type === 'counted') count(message.histogram)
    else {
      subscribed = message.receivers
      if (subscribed === receivers) settle()
    }
  })
  child.once('error', () => count(undefined))
  child.once('exit', () => count(undefined))
  // A process that has ended hears nothing, and is found out when it is asked what it counted.
  const tell = (message: ToReferee) => child.send(message, () => {})
  return {
    receive: (work) => void here.then(() => tell({ type: 'receive', ...work })),
    ready,
    async testimony() {
      tell({ type: 'finish' })
      const histogram = await counted
      if (histogram === undefined) return undefined
      return { receivers: subscribed, latency: latencyOf(decodeFromCompressedBase64(histogram)) }
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** In a checkout all is TypeScript; the published package holds JavaScript. */
function spawnReferee(): ChildProcess {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const program = fileURLToPath(new URL(`./referee-process${ending}`, import.meta.url))
  const execArgv = ending === '.ts' ? ['--import', createRequire(import.meta.url).resolve('tsx')] : []
  // A group of its own: Ctrl-C on the terminal is for us. It ends when we do, for then its channel is closed.
  return fork(program, { execArgv, detached: true, stdio: 'ignore', env: {} })
}

function promised<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
