/** What every entry of the command line does around its one call: errors become a sentence, and their exit code. */
import { CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** Makes the call and ends this process with its exit code, or with that of the error that it throws. */
export async function runProgram(call: () => Promise<ExitCode>): Promise<never> {
  // A reader that has seen enough, such as `head`, takes nothing from what the run amounts to.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  // Not process.exitCode: a socket that some case left open must not keep a CI job waiting. Nothing is lost, for Node
  // writes to files, pipes and terminals synchronously on POSIX.
  process.exit(await call().catch(explain))
}

/** Errors that somebody can mend, by name: to import their classes would load libraries that this run may not need. */
const CODE_OF_ERROR: Readonly<Record<string, ExitCode>> = {
  UsageError: EXIT.usage,
  ConfigError: EXIT.usage,
  WorkloadError: EXIT.usage,
  TargetError: EXIT.target,
  EngineError: EXIT.harness,
  K6Missing: EXIT.harness,
  ProfileError: EXIT.harness,
}

/** One sentence for what somebody can mend; a stack trace for what only we can. */
function explain(error: unknown): ExitCode {
  // commander has printed its own errors, and what `--help` asks for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const code = CODE_OF_ERROR[name]
  process.stderr.write(`shakedown: ${code === undefined ? stack : message}\n`)
  return code ?? EXIT.harness
}
