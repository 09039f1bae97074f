/** Puts one fault into one file of the server, at load. */
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { transformSync } from 'esbuild'
import type { Feature } from '../schemas/generated/chat.ts'

/** One fault as real servers have it, as data. */
export interface Mutant {
  /** `section/what-is-wrong`. */
  readonly id: string
  /** The rule of PROTOCOL.md that it breaks. */
  readonly requirement: string
  /** A file of this folder. */
  readonly file: string
  /** Stands in that file exactly once. */
  readonly before: string
  readonly after: string
  /** What `serve --without` leaves out, where the fault shows only then. */
  readonly without?: readonly Feature[]
  /** The fault, in one sentence. */
  readonly about: string
}

/** A fault that the case of its rule must see, and for the right reason. */
export interface RuleMutant extends Mutant {
  /**
   * What the fault leads to, as such a case words it: a part of its finding, where `…` stands for whatever varies.
   * Several, where the rule has cases that see it differently.
   */
  readonly shows: string | readonly string[]
}

/** @throws Error unless the text to replace is found exactly once */
export function applyMutant(source: string, { id, file, before, after }: Mutant): string {
  const found = source.split(before).length - 1
  if (found !== 1) throw new Error(`mutant ${id}: its text stands ${found} times in ${file}; it must stand there once`)
  return source.replace(before, () => after)
}

/** The JavaScript of the mutant's file, fault included. */
export function mutatedCode(mutant: Mutant): string {
  const source = readFileSync(new URL(mutant.file, import.meta.url), 'utf8')
  return transformSync(applyMutant(source, mutant), { loader: 'ts', target: 'es2022' }).code
}

/**
 * From here on, whoever imports the mutant's file in this process gets the broken one; so call it before the
 * server's first import, in a checkout, with tsx registered already: the loader hook registered last runs first.
 */
export function registerMutant(mutant: Mutant): void {
  const url = new URL(mutant.file, import.meta.url).href
  register('./mutant-hook.ts', import.meta.url, { data: { url, source: mutatedCode(mutant) } })
}
