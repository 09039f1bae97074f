/** The program: parses, makes one call and sets the exit code. */
import { EXIT, type ExitCode } from './exit-codes.ts'
import { buildProgram } from './program.ts'
import { runProgram } from './run-program.ts'

await runProgram(async () => {
  let code: ExitCode = EXIT.ok
  const program = buildProgram((ended) => {
    code = ended
  })
  const args = process.argv.slice(2)
  await program.parseAsync(args.length === 0 ? ['trial'] : args, { from: 'user' })
  return code
})
