/** How a case of the chat pack is written: an id, what an actor does, and what must come of it. */
import type { Requirement } from '../../schemas/requirements.ts'
import { World } from '../actors/world.ts'
import type { Case, Pack, Stage } from '../runner/case.ts'

/** A case before its title and level are read from the registry. */
export interface ChatCase {
  readonly id: string
  /** Requirement ids; the case's own id where it is named after the one requirement that it checks. */
  readonly requirements: readonly string[]
  /** What this case does of its requirement, where it is one of several. */
  readonly title?: string
  readonly run: (stage: Stage) => Promise<void>
}

/**
 * The only case of a requirement has the requirement's id and sentence. Where a requirement needs several, each has an id
 * and a title of its own, and names the requirement in `of`.
 */
export function chatCase(
  id: string,
  play: (world: World) => Promise<void>,
  { of = [id], title }: { of?: readonly string[]; title?: string } = {},
): ChatCase {
  const run = async (stage: Stage) => {
    const world = new World(stage)
    await play(world)
    await world.verify()
  }
  return { id, requirements: of, ...(title === undefined ? {} : { title }), run }
}

/**
 * The cases of a pack, titled by the registry.
 * @param registry the requirements of PROTOCOL.md.
 * @throws where a case cites a requirement that the registry lacks, or two have one id.
 */
export function casesOf(pack: Pack, cases: readonly ChatCase[], registry: readonly Requirement[]): readonly Case[] {
  const sentences = new Map(registry.map(({ id, text }) => [id, text]))
  const ids = new Set<string>()
  return cases.map(({ title, ...one }) => {
    if (ids.has(one.id)) throw new Error(`two cases have the id ${one.id}`)
    ids.add(one.id)
    const missing = one.requirements.find((id) => !sentences.has(id))
    if (missing !== undefined) throw new Error(`case ${one.id} cites ${missing}, which PROTOCOL.md does not have`)
    return { ...one, pack, title: title ?? one.requirements.map((id) => sentences.get(id)).join(' ') }
  })
}
