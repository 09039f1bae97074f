/** Which cases run: prefixes of ids, as `--only` and `--skip` give them. */
import type { Case } from './case.ts'

/** Prefixes of case ids; a whole section (`handshake`) and a whole id are prefixes too. */
export interface Selection {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
}

/** The cases whose id begins with one of `only` (all, where that is empty) and with none of `skip`, in their order. */
export function select(cases: readonly Case[], selection: Selection): readonly Case[] {
  return cases.filter((one) => isSelected(one, selection))
}

/** Whether a case of this id, with these aliases, is left in. */
export function isSelected({ id, aliases = [] }: Pick<Case, 'id' | 'aliases'>, selection: Selection): boolean {
  const { only = [], skip = [] } = selection
  const matches = (prefixes: readonly string[]) =>
    prefixes.some((prefix) => [id, ...aliases].some((name) => name.startsWith(prefix)))
  return (only.length === 0 || matches(only)) && !matches(skip)
}
