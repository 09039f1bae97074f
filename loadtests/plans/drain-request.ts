/** Tells a node to drain its clients, and counts what it says to that. */
import { TargetError } from '../../schemas/target.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import type { BesideStage } from './plan.ts'

/** "202, before the drain is over"; no longer than a run waits for what goes on beside it. */
const DRAIN_ANSWERED_MS = 5000

type Advice = Pick<PlayedWorkload<'reconnect'>, 'drain_deadline_ms' | 'advised_min_ms' | 'advised_max_ms'>

/**
 * That nobody answers, or that the server cannot, is for the run to tell: the server may have died in the midst of it.
 * @param sub of the only user who is drained; the node as a whole unless given.
 * @throws TargetError where it is refused: then there is no storm, which is not the fault of the server.
 */
export async function drain(
  url: string,
  sub: string | undefined,
  { drain_deadline_ms: deadline_ms, advised_min_ms: min_ms, advised_max_ms: max_ms }: Advice,
  { target, signal, checks }: BesideStage,
): Promise<void> {
  const response = await fetch(new URL('/control/drain', url.replace(/^ws/, 'http')), {
    method: 'POST',
    headers: { authorization: `Bearer ${target.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sub, deadline_ms, reconnect_after: { min_ms, max_ms } }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(DRAIN_ANSWERED_MS)]),
  }).catch((error: Error) => error)
  if (signal.aborted) return
  const status = response instanceof Error ? undefined : response.status
  const told =
    response instanceof Error ? `not answered: ${reasonOf(response)}` : `answered with status ${status}, not 202`
  if (status !== undefined && status !== 202 && status < 500) throw new TargetError(`POST /control/drain was ${told}`)
  checks.judge('drain_accepted', status === 202, () => `POST /control/drain was ${told}`)
}

/** fetch says only that it failed; its cause says why. */
const reasonOf = ({ message, cause }: Error) => (cause instanceof Error && cause.message) || message
