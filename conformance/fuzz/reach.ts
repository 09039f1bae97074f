/** What the fuzz pack by its nature never does, and so which broken rules it cannot see. Data, with the reason of each. */

interface OutOfReach {
  readonly reason: string
  /** Ids of requirements, or whole sections of PROTOCOL.md as `section/`. */
  readonly rules: readonly string[]
}

export const OUT_OF_REACH: readonly OutOfReach[] = [
  {
    reason: 'needs a control path, which the pack does without so that it can play against any server',
    rules: [
      ...['control/', 'drain/', 'revocation/', 'presence/revoked-keeps-the-grace', 'read/reset-clears-the-mark'],
      ...['resume/reset-closes-4302', 'resume/reset-spares-others', 'resume/reset-begins-anew'],
      ...['resume/reset-clears-history', 'notifications/reach-all-connections', 'notifications/reach-nobody-else'],
      ...['notifications/seq-is-contiguous', 'notifications/resume-through-positions', 'notifications/have-history'],
      ...['notifications/system-message-is-a-message', 'notifications/system-message-is-stored'],
    ],
  },
  { reason: 'is about what clients do', rules: ['client/'] },
  { reason: 'is about how a server is started; the pack plays against one that runs', rules: ['launch/'] },
  { reason: 'is about compression, which the clients of the pack do not offer', rules: ['compression/'] },
  { reason: 'is about clients that do not read; those of the pack read all that comes', rules: ['backpressure/'] },
  {
    reason: 'shows when a token expires; those of the pack outlive every play',
    rules: [
      ...['auth/expiry-closes-4101', 'refresh/warns-before-expiry'],
      ...['refresh/warns-at-once-inside-the-window', 'refresh/warns-once-per-token', 'refresh/warning-tells-expiry'],
      ...['refresh/outlives-the-old-token', 'refresh/new-expiry-holds', 'refresh/near-expiry-is-ok-or-4101'],
      'refresh/invalid-leaves-the-old-token',
    ],
  },
  {
    reason: 'shows after a heartbeat, a timeout or a window; no play lasts so long',
    rules: [
      ...['handshake/no-hello-closes-4102', 'heartbeat/server-pings-every-interval', 'heartbeat/silence-closes-4301'],
      ...['heartbeat/traffic-does-not-hide-pings', 'heartbeat/any-text-counts-as-alive'],
      ...['heartbeat/nonce-of-pong-is-not-checked', 'heartbeat/rfc-pongs-do-not-count', 'limits/retry-after-suffices'],
      ...['session/expired-is-not-found', 'session/lasts-the-resume-window', 'ephemeral/server-adds-no-stop'],
    ],
  },
  {
    reason: 'needs more users than the three of a play, or more messages than its steps send',
    rules: ['presence/truncated-beyond-the-maximum', 'resume/evicted-is-a-gap'],
  },
  { reason: 'is about chance, of which no single play is evidence', rules: ['session/ids-are-unguessable'] },
  {
    reason: 'is no MUST, and what the pack finds is a failure',
    rules: ['framing/invalid-utf8-closes-1007', 'close/fatal-error-comes-first'],
  },
]

/** @returns undefined where the pack could see that the rule is broken */
export function whyOutOfReach(requirement: string): string | undefined {
  const covers = (rule: string) => (rule.endsWith('/') ? requirement.startsWith(rule) : requirement === rule)
  return OUT_OF_REACH.find(({ rules }) => rules.some(covers))?.reason
}
