/** How a case of the chat pack is written: an id, what an actor does, and what must come of it. */
import { World } from '../actors/world.ts'
import type { Stage } from '../runner/case.ts'

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
