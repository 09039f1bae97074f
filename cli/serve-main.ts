/** `shakedown serve` and nothing else: a run of the suite starts dozens of servers. */
import { serveCommand } from './commands/serve.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { runProgram } from './run-program.ts'

await runProgram(async () => {
  let code: ExitCode = EXIT.ok
  const command = serveCommand((ended) => {
    code = ended
  })
  await command.parseAsync(process.argv.slice(2), { from: 'user' })
  return code
})
