/** `shakedown report`: renders result files, one or many. */
import { Command } from 'commander'
import type { LoadResult, Result } from '../../schemas/generated/results.ts'
import { type Finish, foremost, ofLoad } from '../exit-codes.ts'
import { reportOption } from '../report-option.ts'
import { UsageError } from '../usage-error.ts'

interface ReportFlags {
  readonly report?: readonly string[]
  readonly merge?: true
}

const EXAMPLES = `
Examples:
  shakedown report conformance.json
  shakedown report conformance.json load.json --report index.html
  shakedown report ours.json theirs.json --report junit.xml --report summary.md
  shakedown report --merge shard-1.json shard-2.json shard-3.json --report load.json --report load.html
`

export function reportCommand(finish: Finish): Command {
  return new Command('report')
    .description('render result files, one or many, of conform and load alike')
    .argument('<result...>', 'result files (JSON) of conform and load')
    .option(
      '--merge',
      'take the results as shards of one load run (load --segment), and make them one, with the exit code of that',
    )
    .addOption(reportOption())
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { report: reports = [], merge }: ReportFlags) => {
      const { checkReportFiles, checkSearchFiles, readResults, readSearch, report, reportSearch } = await import(
        '../result-files.ts'
      )
      const [first = '', ...others] = files
      const search = others.length === 0 ? readSearch(first) : undefined
      if (search !== undefined) {
        checkSearchFiles(reports)
        return finish(reportSearch(search, reports))
      }
      const results = files.flatMap(readResults)
      checkReportFiles(reports)
      if (!merge) return finish(report(results, reports))
      const whole = await merged(results)
      // The run that its shards only played parts of is judged here and nowhere else.
      finish(foremost([report([whole], reports), ofLoad(whole)]))
    })
}

/** @throws UsageError where they are not the shards of one run. */
async function merged(results: readonly Result[]): Promise<LoadResult> {
  const { MergeError, mergeShards } = await import('../../loadtests/merge.ts')
  const shards = results.filter((result): result is LoadResult => result.format === 'shakedown.load/1')
  if (shards.length < results.length) throw new UsageError('--merge takes results of load; leave out those of conform')
  try {
    return mergeShards(shards)
  } catch (error) {
    throw error instanceof MergeError ? new UsageError(error.message) : error
  }
}
