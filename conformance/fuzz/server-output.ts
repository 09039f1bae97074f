/** What a server must not have written: a token or its signature, and the trace of an error that nobody caught. Pure. */

/** Signatures of the tokens that were minted: what a log must not hold, with or without the rest. */
export const signatureOf = (token: string) => token.slice(token.lastIndexOf('.') + 1)

/** @returns what of these signatures is in the output; its beginning only, since it is a secret */
export function leaked(output: string, signatures: ReadonlySet<string>): string | undefined {
  for (const [word] of output.matchAll(/[A-Za-z0-9_-]{20,}/g)) if (signatures.has(word)) return `${word.slice(0, 6)}…`
  return undefined
}

const TRACES = [
  /^.*\b(?:unhandled|uncaught)[ _-]?(?:promise|exception|rejection|error).*$/im,
  /^Traceback \(most recent call last\).*$/m,
  /^(?:panic: |goroutine \d+ \[).*$/m,
  /^thread '.*' panicked at.*$/m,
  /^\s+at .+:\d+(?::\d+)?\)?$/m,
  /^Exception in thread .*$/m,
]

/** The first line that speaks of an error which nobody caught. */
export function traceIn(output: string): string | undefined {
  for (const trace of TRACES) {
    const line = trace.exec(output)?.[0]
    if (line !== undefined) return line.trim().slice(0, 200)
  }
  return undefined
}
