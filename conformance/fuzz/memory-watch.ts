/**
 * Watches the memory of a server that was started here. What is in use shows only when its collector has just come, and
 * that comes when it likes: so the server is given occasion, and of what is measured meanwhile the lowest counts.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../actors/world.ts'
import type { Bystanders } from './bystanders.ts'
import { heapIn, lower, type Memory } from './memory.ts'
import { residentBytes } from './process-memory.ts'

const POLL_MS = 50

/**
 * The lowest of each kind within this time, or until it is enough.
 * @param enough of the lowest so far
 */
export async function lowestMemory(
  world: World,
  bystanders: Bystanders,
  forMs: number,
  enough: (lowest: Memory) => boolean = () => false,
): Promise<Memory> {
  const until = performance.now() + forMs
  let lowest = await measured(world)
  while (!enough(lowest) && performance.now() < until) {
    await bystanders.churn()
    await delay(POLL_MS, undefined, { signal: world.stage.signal })
    lowest = lower(lowest, await measured(world))
  }
  return lowest
}

async function measured(world: World): Promise<Memory> {
  const { pid } = world.stage.target
  const { status, text } = await world.get('/metrics')
  const heap = status === 200 ? heapIn(text) : undefined
  const resident = pid === undefined ? undefined : await residentBytes(pid)
  return { ...(heap !== undefined && { heap }), ...(resident !== undefined && { resident }) }
}
