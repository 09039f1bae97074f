/** `shakedown serve` for profilers, which write what they found as Node ends by itself: never by `process.exit()`. */
import { buildProgram } from './program.ts'

// Some of them pass on the signal that the server has got already.
process.on('SIGINT', () => {})
await buildProgram((code) => {
  process.exitCode = code
}).parseAsync(['serve'], { from: 'user' })
