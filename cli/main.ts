/** The program: parses, makes one call and sets the exit code. */
import { CommanderError } from 'commander'
import { TargetError } from '../schemas/target.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { buildProgram } from './program.ts'
import { UsageError } from './usage-error.ts'

process.exitCode = await run(process.argv.slice(2))

async function run(args: readonly string[]): Promise<ExitCode> {
  try {
    let code: ExitCode = EXIT.ok
    const program = buildProgram((ended) => {
      code = ended
    })
    await program.parseAsync(args.length === 0 ? ['trial'] : [...args], { from: 'user' })
    return code
  } catch (error) {
    return explain(error)
  }
}

/** One sentence for what the user can mend; a stack trace for what only we can. */
function explain(error: unknown): ExitCode {
  // commander has printed its own errors, and what `--help` asks for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof UsageError) return say(error.message, EXIT.usage)
  if (error instanceof TargetError) return say(error.message, EXIT.target)
  return say(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.harness)
}

function say(message: string, code: ExitCode): ExitCode {
  process.stderr.write(`shakedown: ${message}\n`)
  return code
}
