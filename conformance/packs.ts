/** The packs by name: their cases, and the registry of requirements that they are held against. */
import { readFileSync } from 'node:fs'
import { PROTOCOL, type Requirement, readRequirements } from '../schemas/requirements.ts'
import { EXCLUSIONS } from './chat/exclusions.ts'
import { chatCases } from './chat/pack.ts'
import type { Case } from './runner/case.ts'
import { WIRE_CASES } from './wire/pack.ts'

/** The packs that can be asked for. */
export const PACKS = ['chat', 'wire'] as const
export type PackName = (typeof PACKS)[number]

const RFC6455 = new URL('../schemas/RFC6455.md', import.meta.url)

/** What a run is made of. */
export interface Suite {
  readonly cases: readonly Case[]
  readonly registry: readonly Requirement[]
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
  if (pack === 'wire') return { cases: WIRE_CASES, registry: read(RFC6455), exclusions: new Map() }
  const registry = read(PROTOCOL)
  return { cases: chatCases(registry), registry, exclusions: new Map(Object.entries(EXCLUSIONS)) }
}

const read = (file: URL) => readRequirements(readFileSync(file, 'utf8'))
