/** Plays what a seed generates until the time is over or something is found, and then shrinks what was found. */
import fc from 'fast-check'
import { World } from '../actors/world.ts'
import { Finding, Skip, type Stage } from '../runner/case.ts'
import type { Entry } from '../socket/transcript.ts'
import { withPath } from './path.ts'

/** What a hunt is told. */
export interface Campaign {
  /** What is generated, and in which order, follows from it alone. */
  readonly seed: number
  /** Where fast-check found a counterexample, to play just that one. */
  readonly path?: string
  /** How long each case goes on without a finding. */
  readonly durationMs: number
  /** Where it is enough to know that something was found: the counterexample is kept as it was generated. */
  readonly shrinks?: false
}

/** How long a counterexample is made smaller at the most. */
export const SHRINK_MS = 20_000

/**
 * Plays inputs one after the other, each in a world of its own. Only the transcript of the smallest counterexample is kept.
 * @throws Finding with that counterexample, its seed and its path; whatever else a play throws, as it is.
 */
export async function hunt<Input>(
  stage: Stage,
  { seed, path, durationMs, shrinks }: Campaign,
  inputs: fc.Arbitrary<Input>,
  play: (world: World, input: Input) => Promise<void>,
): Promise<void> {
  let deadline = performance.now() + durationMs
  let smallest: { readonly error: unknown; readonly entries: readonly Entry[] } | undefined
  let plays = 0
  let unjudged = 0
  const property = fc.asyncProperty(inputs, async (input) => {
    stage.signal.throwIfAborted()
    if (performance.now() > deadline) throw new fc.PreconditionFailure(true)
    plays += 1
    const { entries, error } = await playApart(stage, plays, (world) => play(world, input))
    // One that cannot be judged, because this machine was too slow say, is no finding.
    if (error instanceof Skip) unjudged += 1
    if (error === undefined || error instanceof Skip) return
    if (smallest === undefined) deadline = performance.now() + SHRINK_MS
    smallest = { error, entries }
    throw error
  })
  const which = path === undefined ? { numRuns: Number.MAX_SAFE_INTEGER } : { numRuns: 1, path }
  const endOnFailure = path !== undefined || shrinks === false
  const found = await fc.check(property, { seed, endOnFailure, ...which })
  if (smallest === undefined)
    return stage.record(note(`seed ${seed}: ${plays} plays, ${unjudged} of them not judged, no finding`))
  for (const entry of smallest.entries) stage.record(entry)
  const { error } = smallest
  if (!(error instanceof Finding)) throw error
  stage.record(note(`counterexample: ${fc.stringify(found.counterexample?.[0])}`))
  throw new Finding(withPath(error.expected, seed, `${found.counterexamplePath}`), error.actual)
}

/** One play with users, rooms, connections and a transcript of its own. */
async function playApart(stage: Stage, n: number, play: (world: World) => Promise<void>) {
  const began = performance.now()
  const entries: Entry[] = []
  const cleanups: (() => void | Promise<void>)[] = []
  const world = new World({
    ...stage,
    name: `${stage.name}-${n}`,
    record: (entry) => void entries.push({ ...entry, at_ms: performance.now() - began } as Entry),
    cleanup: (action) => void cleanups.push(action),
  })
  try {
    await play(world)
    return { entries, error: undefined }
  } catch (error) {
    return { entries, error }
  } finally {
    for (const action of cleanups.reverse()) await action()
  }
}

const note = (text: string): Entry => ({ connection: 'fuzz', kind: 'note', text })
