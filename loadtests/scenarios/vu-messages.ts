/**
 * What the coordinator (in Node) and the VUs (in k6) say to each other, as JSON over one WebSocket a VU on loopback:
 * a VU arrives and gets its share; it is ready and gets the start; it reports each second, and at the end its records.
 * Times are milliseconds of the run's clock unless their name says otherwise: that of the wall since the run's zero.
 */
import type { Connections } from '../../schemas/generated/results.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import type { BucketCounts } from './buckets.ts'
import type { CheckCounts } from './checks.ts'
import type { Schedule } from './schedule.ts'
import type { HeartbeatLimits } from './silence.ts'
import type { SubscriptionRecord } from './subscription.ts'

/** A place in the plan: one connection. */
export interface Seat {
  /** What it does, in the words of its scenario: `publisher`, `subscriber`, `mute`. */
  readonly role: string
  /** Among those of its role, from 0, over all VUs. */
  readonly number: number
  /** The room that it is for; empty where it is for none. */
  readonly room: string
  readonly url: string
  /** Where it goes on, in turn, once its connection is lost; absent where that is a fault. */
  readonly failover?: readonly string[]
  readonly token: string
  /** For an auth_refresh, in the order of their use. */
  readonly refresh_tokens?: readonly string[]
  /** After the ramp began. */
  readonly connect_ms: number
}

/** What is published, and how it is recognised. */
export interface Traffic {
  readonly schedule: Schedule
  readonly message_bytes: number
  /** What the user ids of publishers begin with; their number follows. */
  readonly sender_prefix: string
  readonly drain_ms: number
  readonly late_ms: number
}

/** The part of the plan that one VU plays. */
export interface Share<W extends PlayedWorkload = PlayedWorkload> {
  readonly workload: W
  readonly seats: readonly Seat[]
  readonly traffic: Traffic
  readonly origin?: string
  /** After the ramp began: who is not ready by then has failed. */
  readonly ready_ms: number
  /** After the start: what is not over by then is not waited for. */
  readonly play_ms: number
}

export type ToVu =
  | {
      readonly type: 'share'
      readonly share: Share
      /** Wall clock at the run's zero, and at the zero of the VU's own engine, in ms since 1970. */
      readonly zero: number
      readonly epoch: number
      readonly ramp_at: number
    }
  | { readonly type: 'start'; readonly at: number }
  | { readonly type: 'stop' }

/** What went wrong, as a sentence, and how often. */
export type Troubles = Readonly<Record<string, number>>

export interface Arrived {
  readonly type: 'arrived'
  /** Of the engine that it runs in. */
  readonly shard: number
  /** Wall clock at which its engine's clock was 0, in ms since 1970. */
  readonly epoch: number
}

/** What was granted at the welcomes, as far as it decides whether a plan can be played. */
export interface Granted {
  /** The least of a publisher. */
  readonly rate_per_s?: number
  /** The longest of a connection that is judged by it. */
  readonly heartbeat?: HeartbeatLimits
}

export interface Ready extends Granted {
  readonly type: 'ready'
  readonly connections: Connections
  /** Connections that are ready, by their role. */
  readonly roles: Readonly<Record<string, number>>
  readonly troubles: Troubles
}

/** What happened in one second of the run's clock. Buckets hold microseconds. */
export interface Second {
  readonly type: 'second'
  readonly second: number
  /** Ready connections at its end. */
  readonly sockets: number
  readonly sent: number
  /** By the names of the scenario; those of which nothing was counted are left out. */
  readonly latency: Readonly<Record<string, BucketCounts>>
}

/** A frame as it arrived, to be held to the schema. */
export interface Sample {
  readonly type: 'sample'
  readonly frame: string
}

export interface PublisherRecord {
  readonly publisher: number
  /** Messages whose time had come before the run ended or was called off. */
  readonly due: number
  /** Those of them that were handed to an open socket. */
  readonly sent: number
  readonly accepted: number
  /** Numbers of the messages that the server refused. */
  readonly refused: readonly number[]
  /** Messages that arrived, though it subscribed to no room. */
  readonly unexpected: number
}

export interface Records {
  readonly type: 'records'
  /** Of the connections that were ready. */
  readonly subscriptions: readonly SubscriptionRecord[]
  readonly publishers: readonly PublisherRecord[]
  readonly connections: Connections
  /** Frames that could not be taken. */
  readonly malformed: number
  readonly checks: CheckCounts
  readonly troubles: Troubles
}

export type FromVu = Arrived | Ready | Second | Sample | Records
