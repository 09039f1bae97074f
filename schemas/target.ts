/**
 * The server under test, as a value: found or launched, ready, able to mint tokens and to be stopped.
 * The command line makes it; conformance and load are handed it, so neither needs the other.
 */
import type { TargetDescription } from './generated/results.ts'
import type { Limits } from './generated/tables.ts'

/** JWT claims to sign; `iss`, `aud`, `iat` and `exp` (in 60 s) are filled in unless given, and left out where given as null. */
export interface Claims {
  readonly sub?: unknown
  readonly name?: unknown
  readonly jti?: unknown
  readonly rooms?: unknown
  readonly rooms_read?: unknown
  /** NumericDate, seconds. */
  readonly exp?: unknown
  readonly nbf?: unknown
  readonly iat?: unknown
  readonly iss?: unknown
  readonly aud?: unknown
}

export interface Target {
  /** What result files say of it; holds no secret. */
  readonly description: TargetDescription
  /** WebSocket addresses, one a node, such as `ws://127.0.0.1:4000/ws`. */
  readonly urls: readonly string[]
  /** The Origin that a handshake carries, where the target wants one. */
  readonly origin?: string
  /** Bearer token of the control paths, where the target offers them. */
  readonly controlToken?: string
  /** What the wire cannot show, as the target file declares it. */
  readonly capabilities?: Capabilities
  /**
   * Signs a token that the target accepts; `header` adds or replaces fields of the protected header.
   * @throws CannotMint where the token command signs other claims than it was asked for, or cannot set the header;
   * TargetError where no way to mint was given, or where the token command fails.
   */
  mint(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** Everything that a started server printed so far; undefined for one that was found. */
  output(): string | undefined
  /** Process id of a started server; undefined for one that was found. */
  readonly pid?: number
  /** Resolves when a started server has ended, with how: `exit code 1`, `SIGSEGV`; absent where it was found. */
  readonly ended?: Promise<string>
  /**
   * Starts another process of the same server, as the launch contract says; absent where the target was found running.
   * @throws TargetError with its last output, where it ends or does not get ready.
   */
  launch?(options: LaunchOptions): Promise<Target>
  /** Stops a started server (SIGTERM to its group, SIGKILL after 5 s); does nothing to one that was found. */
  stop(): Promise<void>
}

/** What an implementation declares of itself because no client can see it. */
export interface Capabilities {
  /** The control paths, where CHAT_CONTROL_TOKEN is set. */
  readonly control?: boolean
  /** permessage-deflate. */
  readonly deflate?: boolean
  /** Several nodes on one CHAT_REDIS_URL. */
  readonly cluster?: boolean
}

/** How a server is started: the launch contract's profile and limits. */
export interface LaunchOptions {
  readonly profile: 'default' | 'test'
  /** Laid over the profile's limits. */
  readonly limits?: Partial<Limits>
  /** Laid over the environment of the launch contract; what is undefined is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The target could not be reached or did not get ready; the message says why and holds its last output. */
export class TargetError extends Error {
  override name = 'TargetError'
  /** How a started server ended before it was ready: `exit code 1`, `SIGSEGV`; undefined where it did not end. */
  readonly ended: string | undefined
  constructor(message: string, ended?: string) {
    super(message)
    this.ended = ended
  }
}

/** Tokens for the target can be had, but not this one. */
export class CannotMint extends TargetError {}
