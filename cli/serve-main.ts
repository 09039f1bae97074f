/** `shakedown serve` by the launch contract and nothing else: a run of the suite starts dozens of servers. */
import { serve } from './commands/serve.ts'
import { runProgram } from './run-program.ts'

await runProgram(() => serve({}))
