/** What a long run is doing, on stderr: one live line on a terminal, a plain line every few seconds elsewhere. */

/** As often as a log needs a sign of life, in ms. */
const PLAIN_INTERVAL_MS = 5000

/** Back to the first column, and clear to the end of the line (ECMA-48 EL). */
const REWIND = '\r\u001b[K'

export interface Progress {
  /** Says something that stays. */
  say(line: string): void
  /** Shows how far it is: replaces the line before on a terminal; elsewhere shown now and then. */
  update(line: string): void
  /** Takes the live line away. */
  clear(): void
}

export interface ProgressOptions {
  readonly write: (text: string) => void
  readonly quiet: boolean
  /** Whether a line can be drawn over; a terminal that is not dumb. */
  readonly live: boolean
  /** Columns of the terminal: a live line that wraps could not be drawn over. */
  readonly columns: number
  /** A clock in ms. */
  readonly now: () => number
}

/** The two forms of progress, and none; never coloured. */
export function progressOn({ write, quiet, live, columns, now }: ProgressOptions): Progress {
  let lastPlain = Number.NEGATIVE_INFINITY
  if (quiet) return { say() {}, update() {}, clear() {} }
  return {
    say: (line) => write(live ? `${REWIND}${line}\n` : `${line}\n`),
    update(line) {
      if (live) return write(`${REWIND}${line.slice(0, columns - 1)}`)
      if (now() - lastPlain < PLAIN_INTERVAL_MS) return
      lastPlain = now()
      write(`${line}\n`)
    },
    clear: () => void (live && write(REWIND)),
  }
}

/** Progress on this process's stderr. */
export function stderrProgress({ quiet }: { readonly quiet: boolean }): Progress {
  const { stderr, env } = process
  return progressOn({
    write: (text) => void stderr.write(text),
    quiet,
    live: stderr.isTTY === true && env.TERM !== 'dumb' && !env.CI,
    columns: stderr.columns ?? 80,
    now: () => performance.now(),
  })
}
