/** The known faults of the reference server, by the id that `--mutant` takes. */
import { UsageError } from './usage-error.ts'

/** @throws UsageError naming the ids that there are, where this is none of them. */
export async function findMutant(id: string) {
  const { MUTANTS } = await import('../reference-server/mutants.ts')
  const mutant = MUTANTS.find((one) => one.id === id)
  if (mutant !== undefined) return mutant
  throw new UsageError(`there is no mutant ${id}; give one of:\n${MUTANTS.map((one) => `  ${one.id}`).join('\n')}`)
}
