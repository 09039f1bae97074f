/** The packs by name: their cases, and the registry of requirements that they are held against. */
import { readFileSync } from 'node:fs'
import { readRequirements } from '../schemas/requirements.ts'
import { EXCLUSIONS } from './chat/exclusions.ts'
import { chatCases } from './chat/pack.ts'
import type { Case } from './runner/case.ts'
import type { RegistryEntry } from './runner/run.ts'
import { WIRE_CASES } from './wire/pack.ts'

/** The packs that can be asked for. */
export const PACKS = ['chat', 'wire'] as const
export type PackName = (typeof PACKS)[number]

/** What a run is made of. */
export interface Suite {
  readonly cases: readonly Case[]
  readonly registry: readonly RegistryEntry[]
  /** Why a requirement has no case, by its id. */
  readonly exclusions: ReadonlyMap<string, string>
}

/** The cases and requirements of these packs, in their order. */
export function suiteOf(packs: readonly PackName[]): Suite {
  const suites = packs.map(load)
  return {
    cases: suites.flatMap(({ cases }) => cases),
    registry: suites.flatMap(({ registry }) => registry),
    exclusions: new Map(suites.flatMap(({ exclusions }) => [...exclusions])),
  }
}

function load(pack: PackName): Suite {
  if (pack === 'wire') return { cases: WIRE_CASES, registry: read('schemas/RFC6455.md'), exclusions: new Map() }
  const registry = read('schemas/PROTOCOL.md')
  return { cases: chatCases(registry), registry, exclusions: new Map(Object.entries(EXCLUSIONS)) }
}

/** @param file as a URI relative to Shakedown's root. */
function read(file: string): readonly RegistryEntry[] {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  return readRequirements(text).map((requirement) => ({ ...requirement, file }))
}
