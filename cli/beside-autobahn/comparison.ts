/** Case by case: what Autobahn says of a server, what we say, and why where the two differ. */
import type { Verdict } from '../../schemas/generated/results.ts'
import type { PeerName } from './peers.ts'

/** The two columns of Autobahn's report: of what came back, and of how the connection ended. */
export interface AutobahnSays {
  readonly behavior: string
  readonly behaviorClose: string
}

export interface WeSay {
  readonly id: string
  readonly verdict: Verdict
  /** Why it is not a pass. */
  readonly why: string
}

/** A difference that is right, and why. */
export interface Difference {
  readonly servers: readonly PeerName[]
  /** Autobahn's numbers, or sections such as `6.4.*`. */
  readonly cases: readonly string[]
  /** As `wordOf` says it. */
  readonly autobahn: string
  readonly ours: Verdict
  /** Which of two things happens first decides what Autobahn says: it may as well say the same as we. */
  readonly byChance?: true
  /** What Autobahn does wrong there, or the rule that we hold, in a sentence or two. */
  readonly why: string
  /** Ids of the sentences that it rests on, in RFC6455.md and RFC7692.md. */
  readonly cites: readonly string[]
}

export interface Row {
  /** Autobahn's. */
  readonly number: string
  readonly autobahn: string
  readonly ours: Verdict | 'absent'
  /** Our case, and why that is not a pass. */
  readonly id?: string
  readonly said?: string
  readonly same: boolean
  /** Why it differs, where the table says that. */
  readonly difference?: Difference
}

export interface Comparison {
  readonly rows: readonly Row[]
  /** Entries that say of this server what is not so, each with the cases. */
  readonly stale: readonly { readonly difference: Difference; readonly cases: readonly string[] }[]
}

/** Our verdicts that say the same as a word of Autobahn's. */
const SAME: Readonly<Record<string, readonly Verdict[]>> = {
  OK: ['pass'],
  'NON-STRICT': ['warn', 'notice'],
  INFORMATIONAL: ['notice'],
  FAILED: ['fail'],
  UNIMPLEMENTED: ['skip'],
}

/** Autobahn's words as one: the second column is said only where it finds fault with what the first lets pass. */
export function wordOf({ behavior, behaviorClose }: AutobahnSays): string {
  const silent =
    ['OK', 'INFORMATIONAL', behavior].includes(behaviorClose) || ['FAILED', 'UNIMPLEMENTED'].includes(behavior)
  return silent ? behavior : `${behavior}, close ${behaviorClose}`
}

/** Every case that Autobahn played, and what the table says of it. */
export function compare(
  server: PeerName,
  autobahn: ReadonlyMap<string, AutobahnSays>,
  ours: ReadonlyMap<string, WeSay>,
  differences: readonly Difference[],
): Comparison {
  const about = differences.filter(({ servers }) => servers.includes(server))
  const rows = [...autobahn].sort(byNumber).map(([number, says]): Row => {
    const word = wordOf(says)
    const we = ours.get(number)
    const verdict = we?.verdict ?? 'absent'
    const row: Omit<Row, 'same'> = { number, autobahn: word, ours: verdict, ...(we && { id: we.id, said: we.why }) }
    if (SAME[word]?.some((same) => same === verdict)) return { ...row, same: true }
    const difference = about.find((one) => covers(one, number) && one.autobahn === word && one.ours === verdict)
    return { ...row, same: false, ...(difference && { difference }) }
  })
  const stale = about.flatMap((difference) => {
    const isSo = (row: Row) => row.difference === difference || (row.same && difference.byChance === true)
    const strayed = rows.filter((row) => covers(difference, row.number) && !isSo(row))
    return strayed.length === 0 ? [] : [{ difference, cases: strayed.map(({ number }) => number) }]
  })
  return { rows, stale }
}

/** Whether the entry is about this case. */
export const covers = ({ cases }: Pick<Difference, 'cases'>, number: string) =>
  cases.some((one) => (one.endsWith('.*') ? number.startsWith(one.slice(0, -1)) : one === number))

const isUnexplained = ({ same, difference }: Row) => !same && difference === undefined

/** Whether every difference has its reason, and every reason its difference. */
export const isExplained = ({ rows, stale }: Comparison) => stale.length === 0 && !rows.some(isUnexplained)

/** Case by case as Markdown. */
export function renderRows({ rows }: Comparison): string {
  const lines = rows.map(({ number, id = '', autobahn, ours, same, difference, said = '' }) => {
    const why = same ? '' : (difference?.why ?? `**unexplained**: ${said}`)
    return `| ${number} | ${id} | ${autobahn} | ${ours} | ${same ? 'same' : 'differs'} | ${why.replaceAll('|', '\\|')} |`
  })
  const head = ['| case | ours | Autobahn says | we say | | why |', '| --- | --- | --- | --- | --- | --- |']
  return `${[...head, ...lines].join('\n')}\n`
}

/** The counts, each difference once with its cases, and what is not explained. */
export function renderSummary(server: string, { rows, stale }: Comparison): string {
  const differing = rows.filter(({ same }) => !same)
  const counts = `${server}: ${rows.length} cases, ${rows.length - differing.length} the same, ${differing.length} differ`
  const reasons = [...new Set(differing.flatMap(({ difference }) => difference ?? []))].map((difference) => {
    const cases = differing.filter((row) => row.difference === difference).map(({ number }) => number)
    return `  ${cases.join(' ')}: Autobahn ${difference.autobahn}, we ${difference.ours}. ${difference.why}`
  })
  const unexplained = differing
    .filter(isUnexplained)
    .map(
      ({ number, id = '', autobahn, ours, said = '' }) =>
        `  UNEXPLAINED ${number} ${id}: Autobahn ${autobahn}, we ${ours}. ${said}`,
    )
  const gone = stale.map(
    ({ difference: { autobahn, ours }, cases }) =>
      `  STALE ${cases.join(' ')}: the table says that Autobahn says ${autobahn} and we say ${ours}`,
  )
  return `${[counts, ...reasons, ...unexplained, ...gone].join('\n')}\n`
}

function byNumber([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const [one, other] = [a.split('.').map(Number), b.split('.').map(Number)]
  const at = one.findIndex((part, n) => part !== other[n])
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}
