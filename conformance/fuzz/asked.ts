/** A message that was sent, and what may become of it. */
import type { Outcome } from './reading.ts'

/** What may become of a message, and what follows from an `ok`. */
export interface Expectation {
  readonly outcomes: readonly Outcome[]
  /** Judges the payload of an `ok` or `pong`, and draws its consequences. */
  readonly ok?: ((payload: Record<string, unknown>) => void) | undefined
  /** What the others in the room then hear, once. */
  readonly causes?: { readonly type: Ephemeral; readonly room: string } | undefined
  /** A message that is wrong counts towards max_errors, answered or not. */
  readonly isWrong?: boolean
}

/** What is told to the others and stored nowhere. */
export type Ephemeral = 'typing' | 'signal' | 'read'

/** A message that was sent. */
export interface Asked extends Expectation {
  /** Its beginning, for whoever reads the finding. */
  readonly text: string
  /** What an answer names. */
  readonly id: string | undefined
  /** The bucket had a token for it. */
  readonly isCertain: boolean
  outcome?: Outcome
}

export const describe = ({ outcomes, text }: Asked) => `${outcomes.join(' or ')} to ${text}`
