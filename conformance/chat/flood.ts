/** A client that ignores every refusal for its rate. */
import type { Ready, World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'

/**
 * Sends far more than the rate allows, until the server closes with 4202.
 * @throws Skip where the rate is so high that a right server need not close.
 */
export async function floods(world: World, actor: Ready): Promise<void> {
  const { rate_burst: burst } = actor.welcome.payload.limits
  world.bearable(10 * burst)
  actor.flooding()
  actor.connection.together(() => {
    for (let n = 0; n < 10 * burst; n += 1) actor.send('ping', {})
  })
  const end = await actor.connection.end(world.stage.patience)
  const refused = actor.seen('error').filter(({ payload }) => payload.code === 'rate_limited').length
  // Between two refusals the bucket can only have been full where a whole burst was accepted after the first as well.
  const filledAgain = actor.seen('pong').length >= 2 * burst - 1
  if (end === 'timeout' && (refused <= burst || filledAgain))
    throw new Skip(`the bucket refills faster than it can be emptied: ${refused} of ${10 * burst} pings were refused`)
  await actor.closes(4202)
}
