/** The application heartbeat of one connection, both ways. */
import { callWhenUp } from './timer.ts'

export interface HeartbeatLimits {
  readonly heartbeat_interval_ms: number
  readonly heartbeat_grace_ms: number
}

/** What the heartbeat does to its connection. */
export interface Patient {
  /** The interval has passed: `ping`, whatever else flows. */
  ping(): void
  /** Nothing was heard for interval and grace. */
  dead(): void
  /** What the peer says is not read at the moment, so that silence says nothing. */
  isDeaf(): boolean
}

/** The part of its patience by which a check is late only where the process stood still; and timers are never exact, in ms. */
const STOOD_STILL = { part: 0.1, least: 100 }

export class Heartbeat {
  private readonly patient: Patient
  private readonly patience: number
  private readonly pinger: NodeJS.Timeout
  private stopWatch: () => void
  private heardAt = performance.now()

  /** Starts at once: the server makes one with `welcome`. */
  constructor(limits: HeartbeatLimits, patient: Patient) {
    this.patient = patient
    this.patience = limits.heartbeat_interval_ms + limits.heartbeat_grace_ms
    this.pinger = setInterval(() => patient.ping(), limits.heartbeat_interval_ms)
    this.stopWatch = callWhenUp(this.patience, () => this.check())
  }

  /** "Any inbound text message, valid or not, counts as alive." */
  heard(): void {
    this.heardAt = performance.now()
  }

  stop(): void {
    clearInterval(this.pinger)
    this.stopWatch()
  }

  /** One timer that is set anew when it fires costs a busy connection nothing a message. */
  private check(): void {
    if (this.patient.isDeaf()) this.heard()
    let left = this.heardAt + this.patience - performance.now()
    // A process that stood still has sent its pings as late as this, and nobody can have answered them.
    if (-left > Math.max(this.patience * STOOD_STILL.part, STOOD_STILL.least)) left = this.patience
    if (left <= 0) this.patient.dead()
    else this.stopWatch = callWhenUp(Math.ceil(left), () => this.check())
  }
}
