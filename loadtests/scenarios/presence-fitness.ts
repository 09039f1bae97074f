/** Whether a server grants what the presence scenario is about. */
import type { Welcome } from '../../schemas/generated/chat.ts'

/** Why presence cannot be played there, as a sentence; undefined where it can. */
export function unfit(
  { features, limits }: Welcome['payload'],
  { grace_ms }: { readonly grace_ms: number },
): string | undefined {
  // "One that lists none is complete."
  if (features.length > 0 && !features.includes('presence')) return 'its welcome does not list the feature presence'
  const { presence_grace_ms } = limits
  if (presence_grace_ms <= grace_ms) return undefined
  return `its presence_grace_ms of ${presence_grace_ms} is longer than the grace_ms ${grace_ms} of the workload: raise that`
}
