/** Every case of the chat pack is proven able to fail: on a reference server with the fault that the case is about. */
import { availableParallelism } from 'node:os'
import t from 'tap'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { launch } from '../../cli/target/exec.ts'
import { RULE_MUTANTS } from '../../reference-server/mutants.ts'
import type { Mutant } from '../../reference-server/mutate.ts'
import type { CaseResult, Manifest } from '../../schemas/generated/results.ts'
import { suiteOf } from '../packs.ts'
import { runSuite } from '../runner/run.ts'

const { cases, registry, exclusions } = suiteOf(['chat'])
const signal = new AbortController().signal
/** A broken server is waited for; a mutant that answers too late is later than this. */
const PATIENCE_MS = 1500

/** Starts the broken server and plays the cases of the requirement that it breaks. */
async function own(mutant: Mutant): Promise<readonly CaseResult[]> {
  const target = await launch(embeddedServer(mutant.id), { profile: 'test' }, signal)
  try {
    const result = await runSuite({
      target,
      cases: cases.filter(({ requirements }) => requirements.includes(mutant.requirement)),
      registry,
      exclusions,
      manifest: {} as Manifest,
      jobs: 8,
      patience: PATIENCE_MS,
      maxWaitMs: 10_000,
      confirm: false,
      replay: (id) => id,
      signal,
    })
    return result.cases
  } finally {
    await target.stop()
  }
}

/** Plays the mutants, this many at once. @returns the cases that broke on each, and what was the harness's own fault. */
async function play(mutants: readonly Mutant[], atOnce: number) {
  const queue = mutants[Symbol.iterator]()
  const killers = new Map<string, string[]>()
  const errors: string[] = []
  const worker = async () => {
    for (const mutant of queue) {
      const results = await own(mutant)
      const broken = results.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
      killers.set(
        mutant.id,
        broken.map(({ id }) => id),
      )
      const faults = results.filter(({ verdict }) => verdict === 'harness_error')
      errors.push(...faults.map(({ id, reason }) => `${id} on ${mutant.id}: ${reason}`))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { killers, errors }
}

t.test('every case kills a mutant of its requirement, and every mutant is killed', async (t) => {
  // Most of a mutant's time is waiting, so more of them run at once than there are cores.
  const { killers, errors } = await play(RULE_MUTANTS, availableParallelism() * 2)
  // What escaped while all cores were busy gets a machine of its own: a bound on a rate must excuse a slow server.
  const escaped = await play(
    RULE_MUTANTS.filter(({ id }) => killers.get(id)?.length === 0),
    1,
  )
  for (const [id, cases] of escaped.killers) killers.set(id, cases)

  for (const { id } of RULE_MUTANTS) t.comment(`${id.padEnd(48)} killed by ${killers.get(id)?.join(', ') || 'nobody'}`)
  const survivors = RULE_MUTANTS.filter(({ id }) => killers.get(id)?.length === 0)
  t.strictSame(
    survivors.map(({ id, requirement }) => `${id} (${requirement})`),
    [],
    'no mutant survives',
  )
  const proven = new Set([...killers.values()].flat())
  t.strictSame(
    cases.map(({ id }) => id).filter((id) => !proven.has(id)),
    [],
    'every case has killed a mutant',
  )
  t.strictSame([...errors, ...escaped.errors], [], 'no case fails by a fault of its own')
})

t.test('every MUST has a mutant, or an exclusion with its reason', async (t) => {
  const broken = new Set(RULE_MUTANTS.map(({ requirement }) => requirement))
  const unbroken = registry.filter(({ id, level }) => level === 'must' && !broken.has(id) && !exclusions.has(id))
  t.strictSame(
    unbroken.map(({ id }) => id),
    [],
  )
})

t.test('every requirement has a case, or an exclusion with its reason, and never both', async (t) => {
  const tested = new Set(cases.flatMap(({ requirements }) => requirements))
  t.strictSame(
    registry.map(({ id }) => id).filter((id) => tested.has(id) === exclusions.has(id)),
    [],
  )
  t.strictSame(
    [...exclusions.keys()].filter((id) => !registry.some((one) => one.id === id)),
    [],
  )
})

t.test('every mutant breaks a rule of the registry', async (t) => {
  t.strictSame(
    RULE_MUTANTS.filter(({ requirement }) => !registry.some(({ id }) => id === requirement)),
    [],
  )
})
