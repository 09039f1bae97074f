/** A load run as checks that hold or not, for the forms that know only test cases. */
import type { LoadResult, Threshold } from '../schemas/generated/results.ts'
import { formatCount } from './figures.ts'
import { LEDGER, ledgerFaults } from './outcome.ts'
import { isJudged, limitText, valueText } from './threshold.ts'

/** One check of a load run. */
export interface LoadCheck {
  /** `validity`, `ledger`, or the name of a threshold. */
  readonly name: string
  readonly kind: 'validity' | 'ledger' | 'threshold'
  /** `error` where the generator is at fault, `skip` where an INVALID run cannot tell. */
  readonly outcome: 'pass' | 'fail' | 'error' | 'skip'
  /** Why it is not a pass, in one sentence; empty for a pass. */
  readonly message: string
  /** What there is to know besides, over several lines; may be empty. */
  readonly body: string
}

/** The validity of a run, its ledger, then each threshold. */
export function loadChecks(result: LoadResult): readonly LoadCheck[] {
  return [
    validityCheck(result),
    ledgerCheck(result),
    ...result.thresholds.map((threshold) => thresholdCheck(result, threshold)),
  ]
}

function validityCheck({ validity }: LoadResult): LoadCheck {
  const reasons = validity.reasons.join('\n')
  const base = { name: 'validity', kind: 'validity' } as const
  if (validity.verdict === 'valid') return { ...base, outcome: 'pass', message: '', body: '' }
  if (validity.verdict === 'suspect') return { ...base, outcome: 'pass', message: '', body: `suspect: ${reasons}` }
  const message = 'the run is INVALID: the generator, not the server, was measured'
  return { ...base, outcome: 'error', message, body: reasons }
}

function ledgerCheck(result: LoadResult): LoadCheck {
  const faults = ledgerFaults(result).map(({ name, value }) => `${formatCount(value)} ${name}`)
  return {
    name: 'ledger',
    kind: 'ledger',
    outcome: faults.length === 0 ? 'pass' : 'fail',
    message: faults.join(', '),
    body: LEDGER.map((entry) => `${entry}: ${formatCount(result.ledger[entry])}`).join('\n'),
  }
}

function thresholdCheck(result: LoadResult, threshold: Threshold): LoadCheck {
  const { name, pass } = threshold
  const base = { name, kind: 'threshold' } as const
  if (!isJudged(result, threshold)) return { ...base, outcome: 'skip', message: 'the run is INVALID', body: '' }
  if (pass) return { ...base, outcome: 'pass', message: '', body: '' }
  const message = `${name}: ${valueText(result, threshold)}, at most ${limitText(threshold)} passes`
  const check = result.checks?.find((one) => one.name === name)
  const told = check === undefined ? [] : [check.what, ...check.examples]
  return { ...base, outcome: 'fail', message, body: [...told, result.manifest.command].join('\n') }
}
