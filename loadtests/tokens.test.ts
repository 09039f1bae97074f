import t from 'tap'
import type { Claims, Target } from '../schemas/target.ts'
import type { Place } from './plans/plan.ts'
import { mintSeats } from './tokens.ts'

const target: Target = {
  description: { kind: 'url', urls: [] },
  urls: [],
  mint: async (claims) => `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`,
  output: () => undefined,
  stop: async () => {},
}
const claimsOf = (token = ''): Claims => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const place = (token: Place['token'], refresh_tokens?: Place['refresh_tokens']): Place => ({
  ...{ role: 'member', number: 0, room: 'r', url: 'ws://a', connect_ms: 0, token },
  ...(refresh_tokens && { refresh_tokens }),
})

t.test('each connection gets the tokens that it wishes for', async (t) => {
  const now = Date.now() / 1000
  const places = [
    place({ sub: 'good', rooms: ['r'] }),
    place({ sub: 'expired', expires_ms: -120_000 }),
    place({ sub: 'forged', isForged: true }),
    place({ sub: 'refreshed', expires_ms: 5000 }, [{ sub: 'refreshed', rooms_read: ['r'] }]),
  ]
  const [good, expired, forged, refreshed] = await mintSeats(places, target, 60_000)
  t.match(claimsOf(good?.token), { sub: 'good', rooms: ['r'] })
  t.ok(Number(claimsOf(good?.token).exp) >= now + 60, 'which outlives the run')
  t.ok(Number(claimsOf(expired?.token).exp) < now)
  t.match(claimsOf(forged?.token), { sub: 'forged' })
  t.match(forged?.token, /\.Aignature$/, 'under a signature that is not its own')
  t.match(good?.token, /\.signature$/)
  t.match(refreshed?.refresh_tokens?.map(claimsOf), [{ sub: 'refreshed', rooms_read: ['r'] }])
})
