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
  /** Process id of a started server; undefined for one that was found, and for a cluster, whose nodes have one each. */
  readonly pid?: number
  /**
   * Resolves when a started server has ended, with how: `exit code 1`, `SIGSEGV`; absent where it was found.
   * Of a cluster: when one of its nodes has ended that nobody stopped or killed by this value.
   */
  readonly ended?: Promise<string>
  /**
   * Starts another process of the same server, as the launch contract says; absent where the target was found running.
   * @throws TargetError with its last output, where it ends or does not get ready.
   */
  launch?(options: LaunchOptions): Promise<Target>
  /** Stops a started server (SIGTERM to its group, SIGKILL after 5 s); does nothing to one that was found. */
  stop(): Promise<void>
  /** Ends a started process at once (SIGKILL to its group), and resolves when it has ended; absent for a cluster. */
  kill?(): Promise<void>
  /** The nodes of a cluster that was started here, each as a target of its own; absent elsewhere. */
  readonly nodes?: readonly Target[]
  /**
   * Starts one more node of the same cluster, under the same key and limits and on the same broker, which is not in
   * `urls` nor in `nodes`: a case may stop or kill it. It is stopped with the cluster at the latest.
   * @throws TargetError with its last output, where it ends or does not get ready.
   */
  join?(options?: Partial<LaunchOptions>): Promise<Target>
  /** The broker of a cluster that was started here; absent where it was found running. */
  readonly broker?: Broker
  /**
   * Starts another cluster of the same server, with keys and a broker of its own, so that a case may take that away;
   * absent where `broker` is.
   * @throws TargetError where a node or the broker ends or does not get ready.
   */
  launchCluster?(nodes: number, options: LaunchOptions): Promise<Target>
}

/** What the nodes of a cluster share, as a process of theirs alone, which holds all in memory. */
export interface Broker {
  readonly url: string
  /** Ends it at once, and with it all that it holds: its port refuses connections from here on. */
  kill(): Promise<void>
  /** Starts it again after a kill: empty, at the same address. */
  start(): Promise<void>
  /** It takes connections and commands, and answers none until it goes on. */
  standStill(): void
  goOn(): void
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
