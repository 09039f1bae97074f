/** The commands, their order in the help, and what they share. */
import { Command } from 'commander'
import { compareCommand } from './commands/compare.ts'
import { conformCommand } from './commands/conform.ts'
import { doctorCommand } from './commands/doctor.ts'
import { loadCommand } from './commands/load.ts'
import { reportCommand } from './commands/report.ts'
import { serveCommand } from './commands/serve.ts'
import { tokenCommand } from './commands/token.ts'
import { trialCommand } from './commands/trial.ts'
import type { Finish } from './exit-codes.ts'
import { VERSION } from './installation.ts'
import { UsageError } from './usage-error.ts'

const EXIT_CODES = `
Exit codes:
  0    everything selected ran and holds at the asked level
  1    a case failed or was flaky, a threshold was missed, or the comparison found a regression
  2    the command line or a file given is wrong
  3    the target could not be reached or did not get ready
  4    nothing ran: the filter matches nothing, or every case was skipped
  5    the load run is INVALID: the generator, not the server, was measured
  6    the harness itself is at fault, or lacks what it needs to run
  130  interrupted: what ran is written all the same, marked as partial`

/** Commands import what they run when they run, so that help and errors come at once. */
export function buildProgram(finish: Finish): Command {
  const program = new Command('shakedown')
    .description(
      'Proves chat and realtime WebSocket servers: conformance verdicts and load figures that can be trusted.',
    )
    .usage('[command] [options]')
    .version(VERSION)
    .showHelpAfterError('(add --help for all flags)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'shakedown: ')) })
    .addHelpText(
      'after',
      `\nWithout a command: conformance and a short load test of the reference server, with a report.\n${EXIT_CODES}`,
    )
    .hook('preAction', (_, command) => refuseEmpty(command))
    .exitOverride()
  const commands = [
    trialCommand(finish),
    serveCommand(finish),
    conformCommand(finish),
    loadCommand(finish),
    reportCommand(finish),
    compareCommand(finish),
    tokenCommand(finish),
    doctorCommand(finish),
  ]
  for (const command of commands)
    program.addCommand(command.copyInheritedSettings(program), { hidden: command.name() === 'trial' })
  return program
}

/**
 * A variable that a shell has not set makes an empty value, which would turn a filter into none and a key into another.
 * @throws UsageError
 */
function refuseEmpty(command: Command): void {
  const { options } = command
  const empty = options.find((option) => [command.getOptionValue(option.attributeName())].flat().includes(''))
  if (empty !== undefined)
    throw new UsageError(`${empty.long} is empty; give it a value, or leave it out (is a shell variable not set?)`)
}
