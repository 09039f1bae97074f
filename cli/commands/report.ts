/** `shakedown report`: renders result files, one or many. */
import { Command } from 'commander'
import type { Finish } from '../exit-codes.ts'
import { reportOption } from '../report-option.ts'

const EXAMPLES = `
Examples:
  shakedown report conformance.json
  shakedown report conformance.json load.json --report index.html
  shakedown report ours.json theirs.json --report junit.xml --report summary.md
`

export function reportCommand(finish: Finish): Command {
  return new Command('report')
    .description('render result files, one or many, conformance and load alike')
    .argument('<result...>', 'result files (JSON) of conform and load')
    .addOption(reportOption())
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { report: reports = [] }: { report?: readonly string[] }) => {
      const { checkReportFiles, readResults, report } = await import('../result-files.ts')
      const results = files.flatMap(readResults)
      checkReportFiles(reports)
      finish(report(results, reports))
    })
}
