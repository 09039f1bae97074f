/** Which cases run: prefixes of ids, as `--only` and `--skip` give them. */
import type { Case } from './case.ts'

/** Prefixes of case ids; a whole section (`handshake`) and a whole id are prefixes too. */
export interface Selection {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
}

/** The cases whose id begins with one of `only` (all, where that is empty) and with none of `skip`, in their order. */
export function select(cases: readonly Case[], { only = [], skip = [] }: Selection): readonly Case[] {
  const matches = ({ id, aliases = [] }: Case, prefixes: readonly string[]) =>
    prefixes.some((prefix) => [id, ...aliases].some((name) => name.startsWith(prefix)))
  return cases.filter((one) => (only.length === 0 || matches(one, only)) && !matches(one, skip))
}
