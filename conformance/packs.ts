/** The packs by name: their cases, and the registry of requirements that they are held against. */
import { readFileSync } from 'node:fs'
import { readRequirements } from '../schemas/requirements.ts'
import type { Capabilities } from '../schemas/target.ts'
import { capabilityCases } from './chat/capabilities.ts'
import { EXCLUSIONS } from './chat/exclusions.ts'
import { chatCases } from './chat/pack.ts'
import { ROOT } from './chat/root.ts'
import { clusterCases } from './cluster/pack.ts'
import { type Campaign, fuzzCases, SHORT_CAMPAIGN } from './fuzz/pack.ts'
import type { Case } from './runner/case.ts'
import type { RegistryEntry } from './runner/run.ts'
import { carriedCases } from './wire/pack.ts'
import { SHORT_TERMS } from './wire/world.ts'

/** The packs that can be asked for. */
export const PACKS = ['chat', 'cluster', 'wire', 'deflate', 'fuzz'] as const
export type PackName = (typeof PACKS)[number]

/** What a run is made of. */
export interface Suite {
  readonly cases: readonly Case[]
  /** What all cases rest on, where one pack has such a thing. */
  readonly root?: Case
  readonly registry: readonly RegistryEntry[]
  /** Requirements of another pack that a finding may be about all the same. */
  readonly elsewhere?: readonly RegistryEntry[]
  /** Why a requirement has no case, by its id. */
  readonly exclusions: ReadonlyMap<string, string>
}

/**
 * The cases and requirements of these packs, in their order.
 * @param declared the capabilities of the target, where it declares any: it is held to what it says.
 * @param campaign what the fuzz pack generates, and for how long.
 */
export function suiteOf(packs: readonly PackName[], declared?: Capabilities, campaign = SHORT_CAMPAIGN): Suite {
  const suites = packs.map((pack) => load(pack, declared, campaign))
  const [first, ...others] = suites
  return {
    ...(first?.root !== undefined && others.length === 0 ? { root: first.root } : {}),
    cases: suites.flatMap(({ cases }) => cases),
    registry: suites.flatMap(({ registry }) => registry),
    elsewhere: suites.flatMap(({ elsewhere = [] }) => elsewhere),
    exclusions: new Map(suites.flatMap(({ exclusions }) => [...exclusions])),
  }
}

function load(pack: PackName, declared: Capabilities | undefined, campaign: Campaign): Suite {
  if (pack === 'wire' || pack === 'deflate') return carriedSuite(pack)
  const registry = read('schemas/PROTOCOL.md')
  if (pack === 'fuzz' || pack === 'cluster') {
    const cases = pack === 'fuzz' ? fuzzCases(campaign) : clusterCases(registry)
    const cited = new Set([ROOT, ...cases].flatMap(({ requirements }) => requirements))
    return { cases, root: ROOT, registry: registry.filter(({ id }) => cited.has(id)), exclusions: new Map() }
  }
  const cases = [...chatCases(registry), ...(declared === undefined ? [] : capabilityCases(declared))]
  return { cases, root: ROOT, registry, exclusions: new Map(Object.entries(EXCLUSIONS)) }
}

/** The sentences of the pack's own RFC, and those of the other that its cases cite. */
function carriedSuite(pack: 'wire' | 'deflate'): Suite {
  const cases = carriedCases(pack, SHORT_TERMS)
  const cited = new Set(cases.flatMap(({ requirements }) => requirements))
  const [framing, compression] = [read('schemas/RFC6455.md'), read('schemas/RFC7692.md')]
  const [registry, elsewhere] =
    pack === 'wire'
      ? [framing, compression]
      : [[...compression, ...framing.filter(({ id }) => cited.has(id))], framing.filter(({ id }) => !cited.has(id))]
  return { cases, registry, elsewhere, exclusions: new Map() }
}

/** @param file as a URI relative to Shakedown's root. */
function read(file: string): readonly RegistryEntry[] {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  return readRequirements(text).map((requirement) => ({ ...requirement, file }))
}
