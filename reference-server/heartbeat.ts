/** The application heartbeat of one connection, both ways. */

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

export class Heartbeat {
  private readonly patient: Patient
  private readonly patience: number
  private readonly pinger: NodeJS.Timeout
  private watch: NodeJS.Timeout | undefined
  private heardAt = performance.now()

  /** Starts at once: the server makes one with `welcome`. */
  constructor(limits: HeartbeatLimits, patient: Patient) {
    this.patient = patient
    this.patience = limits.heartbeat_interval_ms + limits.heartbeat_grace_ms
    this.pinger = setInterval(() => patient.ping(), limits.heartbeat_interval_ms)
    this.watch = setTimeout(() => this.check(), this.patience)
  }

  /** "Any inbound text message, valid or not, counts as alive." */
  heard(): void {
    this.heardAt = performance.now()
  }

  stop(): void {
    clearInterval(this.pinger)
    clearTimeout(this.watch)
  }

  /** One timer that is set anew when it fires costs a busy connection nothing a message. */
  private check(): void {
    if (this.patient.isDeaf()) this.heard()
    const left = this.heardAt + this.patience - performance.now()
    if (left <= 0) this.patient.dead()
    else this.watch = setTimeout(() => this.check(), Math.ceil(left))
  }
}
