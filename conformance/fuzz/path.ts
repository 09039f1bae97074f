/** How a finding says which input of a seed it was: fast-check's path, at the end of what was expected. Pure. */
import type { CaseResult } from '../../schemas/generated/results.ts'

export const withPath = (expected: string, seed: number, path: string) => `${expected} (--seed ${seed} --path ${path})`

/** @returns undefined where the result is no such finding */
export const pathIn = ({ pack, expected = '' }: Pick<CaseResult, 'pack' | 'expected'>): string | undefined =>
  pack === 'fuzz' ? / \(--seed \d+ --path (\S+)\)$/.exec(expected)?.[1] : undefined

/** How many inputs of its case were played up to the one that this path names. */
export const playsUpTo = (path: string): number => Number(path.split(':')[0]) + 1
