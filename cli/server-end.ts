/** That a server which was started for a run ended by itself in the middle of it: told once, and to a person. */
import type { Target } from '../schemas/target.ts'
import type { Progress } from './progress.ts'
import { lastLines } from './target/readiness.ts'

/** Watches from now on; `tell`, to be called before the server is stopped, tells its end and the last that it printed. */
export function watchEnd({ ended, output }: Target, progress: Progress): { tell(): void } {
  let end: string | undefined
  void ended?.then((how) => {
    end = how
  })
  return {
    tell() {
      if (end === undefined) return
      progress.clear()
      // Not in the result file: what a server prints may hold secrets.
      const last = lastLines({ output: () => output() ?? '' })
      process.stderr.write(`shakedown: the server ended (${end}) in the middle of the run.${last}\n`)
    },
  }
}
