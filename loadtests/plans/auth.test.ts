import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import { playable } from '../workload.ts'
import { auth } from './auth.ts'

t.setTimeout(600_000)
const playOn = playerOf(openTarget)

const workload = {
  scenario: 'auth',
  rooms: 2,
  subscribers: 20,
  publishers: 2,
  rate_per_s: 40,
  connect_rate_per_s: 200,
  refreshing: 10,
  run_outs: 5,
  visits_per_s: 15,
  token_ms: 1000,
  refresh_before_ms: 1500,
  duration_ms: 2000,
  drain_ms: 500,
}

t.test('on the right server each token gets its due, and a refresh loses nothing', async (t) => {
  const result = await playOn(t, workload)
  t.same(missedOf(result), [])
  t.equal(result.ledger.delivered, 80 * 10)
  const judged = (result.checks ?? []).map(({ name, judged }) => [name, judged])
  t.same(judged, [
    ['good_gets_welcome', 10],
    ['expired_gets_4101', 10],
    ['forged_gets_4100', 10],
    ['refresh_is_accepted', 10],
    ['refreshed_stays', 10],
    ['run_out_gets_4101', 5],
  ])
})

const FAULTS: readonly (readonly [mutant: string, missed: readonly string[], changed?: object])[] = [
  // 27 connect before messages flow, and ten good tokens come meanwhile.
  ['auth/refuses-one-in-10', ['failed', 'good_gets_welcome']],
  ['auth/decoded-not-verified', ['forged_gets_4100']],
  ['handshake/expired-is-unauthorized', ['expired_gets_4101']],
  ['auth/outlives-its-token', ['run_out_gets_4101']],
  ['refresh/ok-tells-old-expiry', ['refresh_is_accepted']],
  // Messages flow until the last of the old tokens has expired: who is gone by then misses some.
  ['refresh/old-timer-fires', ['lost', 'dropped', 'refreshed_stays'], { duration_ms: 4000 }],
  ['refresh/subscribes-anew', ['lost', 'duplicate']],
]
for (const [mutant, missed, changed] of FAULTS) {
  t.test(`${mutant} is seen as ${missed.join(' and ')}`, async (t) => {
    holdsMissed(t, await playOn(t, { ...workload, ...changed }, mutant), missed)
  })
}

t.test('an expired token is so by hardly more than the leeway that the server has, or may have', async (t) => {
  const played = playable(workload, {}, 'of the test') as Parameters<typeof auth.describe>[0]
  const agesOf = (isOurs: boolean) =>
    auth.deal(played, { urls: [''], run: 'x', isOurs }).places.flatMap(({ role, connect_ms, token }) =>
      // `exp` is rounded up to a second.
      role === 'expired' ? [connect_ms - (token.expires_ms ?? 0) - 1000] : [],
    )
  const { auth_leeway_ms = 0 } = auth.limits(played)
  t.equal(agesOf(true).length, 10)
  t.ok(agesOf(true).every((age) => age > auth_leeway_ms && age <= auth_leeway_ms + 1000))
  t.ok(agesOf(false).every((age) => age > 60_000))
})

t.test('a play that is too short for anything to expire is refused', async (t) => {
  const short = playable({ ...workload, token_ms: 1001 }, {}, 'of the test') as Parameters<typeof auth.describe>[0]
  t.throws(() => auth.deal(short, { urls: [''], run: 'x' }), { name: 'WorkloadError', message: /use at least 2002/ })
})
