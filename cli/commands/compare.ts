/** `shakedown compare`: what changed between two results; its exit code gates. */
import { Command } from 'commander'
import type { ConformanceResult } from '../../schemas/generated/results.ts'
import { EXIT, type ExitCode, type Finish } from '../exit-codes.ts'
import { UsageError } from '../usage-error.ts'

const EXAMPLES = `
Examples:
  shakedown compare main.json branch.json
  shakedown conform --url "$SERVER" --report now.json; shakedown compare released.json now.json
`

export function compareCommand(finish: Finish): Command {
  return new Command('compare')
    .description('what changed from one conformance result to another; exits with 1 on a regression')
    .argument('<before>', 'the result that sets the mark')
    .argument('<after>', 'the result that is held against it')
    .addHelpText('after', EXAMPLES)
    .action(async (before: string, after: string) => finish(await compare(before, after)))
}

async function compare(before: string, after: string): Promise<ExitCode> {
  const { compareConformance } = await import('../../reports/compare.ts')
  const { readResults } = await import('../result-files.ts')
  const conformanceOf = (file: string): ConformanceResult => {
    const [result, ...others] = readResults(file)
    if (result === undefined || others.length > 0)
      throw new UsageError(`${file} is a list of results; compare takes two files with one conformance result each`)
    if (result.format !== 'shakedown.conformance/1')
      throw new UsageError(`${file} is a load result; compare takes two files with one conformance result each`)
    return result
  }
  const { text, regressions } = compareConformance(conformanceOf(before), conformanceOf(after))
  process.stdout.write(`${text}\n`)
  return regressions.length > 0 ? EXIT.failed : EXIT.ok
}
