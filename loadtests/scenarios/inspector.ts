/** Takes note of the frames of a VU that break the protocol, and picks some to be held to the schema. */

/** One frame in so many is parsed, and sent to the coordinator, which can afford the schema: k6 cannot. */
export const SAMPLED_FROM = 50

export interface Findings {
  /** Hears what is wrong with a frame. */
  note(trouble: string): void
  /** Hears of a frame that is to be held to the schema. */
  sample(frame: string): void
}

export class Inspector {
  malformed = 0
  readonly #findings: Findings
  #frames = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Whether the next frame is one of the sample. */
  picks(): boolean {
    return ++this.#frames % SAMPLED_FROM === 0
  }

  /** A frame of the sample in which nothing was wrong so far. */
  sample(frame: string): void {
    this.#findings.sample(frame)
  }

  /** A frame that could not be taken. */
  refuse(error: unknown): void {
    this.malformed++
    this.#findings.note(`malformed frame: ${error instanceof Error ? error.message : String(error)}`)
  }
}
