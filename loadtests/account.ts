/** What a run comes to in counts: exactly, from everybody's records, or what was known when the engine fell silent. */
import type { Connections, LoadResult, Trouble } from '../schemas/generated/results.ts'
import { integrityOf, ledgerOf, publishesOf } from './ledger.ts'
import type { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { Schedule } from './scenarios/schedule.ts'
import type { Troubles } from './scenarios/vu-messages.ts'

export type Account = Pick<LoadResult, 'ledger' | 'integrity' | 'publishes' | 'connections'> & {
  readonly troubles: Trouble[]
}

/** @param planned connections of the whole run. */
export function accountOf(outcome: Outcome, schedule: Schedule, planned: number, observer: Observer): Account {
  return outcome.isComplete ? exact(outcome, schedule, planned, observer) : lastKnown(outcome, planned, observer)
}

function exact({ records }: Outcome, schedule: Schedule, planned: number, { frames }: Observer): Account {
  const publishers = records.flatMap((vu) => vu.publishers)
  const subscriptions = records.flatMap((vu) => vu.subscriptions)
  const malformed = records.reduce((sum, vu) => sum + vu.malformed, frames.malformed)
  return {
    ledger: ledgerOf(schedule, publishers, subscriptions),
    integrity: integrityOf(schedule, publishers, subscriptions, malformed),
    publishes: publishesOf(publishers),
    connections: { ...total(records), planned },
    troubles: troublesOf([...records.map((vu) => vu.troubles), Object.fromEntries(frames.troubles)]),
  }
}

/**
 * Of the messages that were due a second before the last report: what was under way at the end is held against nobody.
 * What only the records tell (copies, disorder, strays, refusals) stays at 0.
 */
function lastKnown({ ready, records }: Outcome, planned: number, { known, frames, series }: Observer): Account {
  const { delivered } = known
  const expected = Math.max(delivered, known.owed)
  const scheduled = Math.max(known.accepted, known.due)
  const connections = ready.length > 0 ? total(ready) : { ready: series.last().sockets, failed: 0, dropped: 0 }
  return {
    ledger: { expected, delivered, lost: expected - delivered, duplicate: 0, reordered: 0, late: 0, unexpected: 0 },
    integrity: { malformed: frames.malformed, misnumbered: 0, out_of_sender_order: 0 },
    publishes: {
      scheduled,
      sent: Math.min(series.sent, scheduled),
      accepted: known.accepted,
      refused: 0,
      unanswered: scheduled - known.accepted,
    },
    connections: { ...connections, planned },
    // Records hold what was told at the start and more, but not of everybody.
    troubles: troublesOf([
      ...(records.length > 0 ? records : ready).map((vu) => vu.troubles),
      Object.fromEntries(frames.troubles),
    ]),
  }
}

function total(vus: readonly { readonly connections: Connections }[]): Omit<Connections, 'planned'> {
  const of = (name: 'ready' | 'failed' | 'dropped') => vus.reduce((sum, vu) => sum + vu.connections[name], 0)
  return { ready: of('ready'), failed: of('failed'), dropped: of('dropped') }
}

function troublesOf(all: readonly Troubles[]): Trouble[] {
  const counts = new Map<string, number>()
  for (const [what, count] of all.flatMap(Object.entries<number>)) counts.set(what, (counts.get(what) ?? 0) + count)
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => b.count - a.count)
}
