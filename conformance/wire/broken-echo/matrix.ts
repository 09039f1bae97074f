/** Plays the cases of the wire and deflate packs on the broken echo server, and holds what they find against kills.ts. */
import { readFileSync } from 'node:fs'
import type { Level } from '../../../schemas/generated/results.ts'
import { readRequirements } from '../../../schemas/requirements.ts'
import type { Target } from '../../../schemas/target.ts'
import type { Case } from '../../runner/case.ts'
import { perform } from '../../runner/stage.ts'
import { type Judgement, judgeCase } from '../../runner/verdict.ts'
import { carriedCases } from '../pack.ts'
import type { Fault, Trait } from './faults.ts'
import { isSpoilt, KILLS, MAY_KILL, PROMPT, SKIPS } from './kills.ts'
import { startEcho } from './server.ts'

/** A second message is all that a context needs to show. */
const TERMS = { carrier: 'echo', messages: 2 } as const

/** All of both packs, for one server: some let none beside them play on it. */
const allCases = (): readonly Case[] => [...carriedCases('wire', TERMS), ...carriedCases('deflate', TERMS)]
export const CASES = allCases()

/** Whatever its level, what a case finds is a failure here. */
const ALL_MUST: ReadonlyMap<string, Level> = new Map(
  ['RFC6455', 'RFC7692'].flatMap((rfc) => {
    const registry = readFileSync(new URL(`../../../schemas/${rfc}.md`, import.meta.url), 'utf8')
    return readRequirements(registry).map(({ id }) => [id, 'must'] as const)
  }),
)

/** What came of each case, by its id. */
export type Outcome = ReadonlyMap<string, Judgement>

export interface Matrix {
  readonly signal: AbortSignal
  /** How long a case is waited for that must fail because something does not come, in ms. */
  readonly silenceMs: number
  /** Faults that the server has besides. */
  readonly others?: readonly Trait[]
}

/** Cases that are played at once: most of the time of a failing one is waiting. */
const AT_ONCE = 48
/** Among many connections one is accepted so late that all the pieces of its request are there. */
const FEW_AT_ONCE: readonly Fault[] = ['reads requests of one segment']
/** A right answer may come late on a busy machine. */
const PATIENCE_MS = 20_000

/** Plays cases on a server with one fault; default all. */
export async function playFault(
  fault: Fault,
  { signal, silenceMs, others = [] }: Matrix,
  isPlayed: (one: Case, n: number) => boolean = () => true,
): Promise<Outcome> {
  const cases = allCases().filter(isPlayed)
  const shared = await startEcho(fault, ...others)
  const mayFail = (id: string) => mustFail(fault, id) || MAY_KILL[fault]?.test(id)
  const patience = (id: string) => (mayFail(id) && !PROMPT.includes(fault) ? silenceMs : PATIENCE_MS)
  try {
    const atOnce = FEW_AT_ONCE.includes(fault) ? 4 : AT_ONCE
    const play = async (one: Case) => {
      const own = isSpoilt(fault) ? await startEcho(fault, ...others) : undefined
      // Whoever has a server alone need not wait for those on others to leave.
      const played = own ? (allCases().find(({ id }) => id === one.id) ?? one) : one
      const thrown = await playOne(played, (own ?? shared).url, patience(one.id), signal)
      await own?.close()
      return judgeCase(thrown, one, ALL_MUST)
    }
    return await playAll(cases, play, atOnce)
  } finally {
    await shared.close()
  }
}

/** Several at a time, as the runner does. */
export async function playAll(
  cases: readonly Case[],
  play: (one: Case) => Promise<Judgement>,
  atOnce = 16,
): Promise<Outcome> {
  const judged = new Map<string, Judgement>()
  const queue = cases.values()
  const worker = async () => {
    for (const one of queue) judged.set(one.id, await play(one))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return judged
}

/** Plays a case once on a server that is there already. @returns what it threw, undefined where it resolved. */
export async function playOne(one: Case, url: string, patience: number, signal: AbortSignal): Promise<unknown> {
  const target = echoAt(url)
  const { thrown } = await perform(one, { target, patience, maxWaitMs: 0, signal })
  return thrown
}

/** A server that is there already. */
export const echoAt = (url: string): Target => ({
  description: { kind: 'url', urls: [url] },
  urls: [url],
  mint: () => Promise.reject(new Error('an echo server takes no token')),
  output: () => undefined,
  stop: async () => {},
})

export const mustFail = (fault: Fault, id: string): boolean => KILLS[fault].some((kill) => kill.test(id))

/** Where what came of the cases is not what kills.ts says, a line each. */
export function disagreements(fault: Fault, outcome: Outcome): readonly string[] {
  return [...outcome].flatMap(([id, { verdict, reason = '' }]) => {
    const due = SKIPS[fault]?.test(id) ? 'skip' : mustFail(fault, id) ? 'fail' : 'pass'
    if (verdict === due || (verdict === 'fail' && due === 'pass' && MAY_KILL[fault]?.test(id))) return []
    return [`a server that ${fault}: ${id} should ${due}, and the verdict is ${verdict}${reason && `: ${reason}`}`]
  })
}
