/** Faults in the refresh of a credential. */
import type { RuleMutant } from '../mutate.ts'

export const REFRESH_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'refresh/warns-too-late',
    requirement: 'refresh/warns-before-expiry',
    file: 'credential.ts',
    before: 'claims.exp * 1000 - this.limits.auth_warn_ms,',
    after: 'claims.exp * 1000 - this.limits.auth_warn_ms / 10,',
    about: 'The warning comes when a refresh hardly helps any more.',
    shows: 'an auth_expiring to alice, got … within',
  },
  {
    id: 'refresh/inside-the-window-no-warning',
    requirement: 'refresh/warns-at-once-inside-the-window',
    file: 'credential.ts',
    before: `    if (this.warned.has(digest)) return
`,
    after: `    if (this.warned.has(digest) || claims.exp * 1000 - this.limits.auth_warn_ms < Date.now()) return
`,
    about: 'A token that is nearly over when it comes is not warned of.',
    shows: 'an auth_expiring to alice, got … within',
  },
  {
    id: 'refresh/same-token-warned-again',
    requirement: 'refresh/warns-once-per-token',
    file: 'credential.ts',
    before: `      this.warned.set(digest, claims.exp)
`,
    after: '',
    about: 'A refresh with the identical token is warned of again.',
    shows: 'warnings 1, got 2',
  },
  {
    id: 'refresh/warning-tells-now',
    requirement: 'refresh/warning-tells-expiry',
    file: 'credential.ts',
    before: 'this.holder.warn({ expires_at: timestamp(claims.exp * 1000) })',
    after: 'this.holder.warn({ expires_at: timestamp(Date.now()) })',
    about: 'The warning carries its own time, not that of the expiry.',
    shows: 'expires_at "…", got "',
  },
  {
    id: 'refresh/ok-tells-old-expiry',
    requirement: 'refresh/ok-tells-new-expiry',
    file: 'refresh.ts',
    before: 'credential.describe(claims)',
    after: 'credential.describe(held)',
    about: 'The `ok` describes the token that was replaced.',
    shows: 'the ok {"expires_at":"…"refresh_before_ms":1000}, got {"expires_at":"',
  },
  {
    id: 'refresh/old-timer-fires',
    requirement: 'refresh/outlives-the-old-token',
    file: 'credential.ts',
    before: `    this.cancelExpiry()
    this.cancelExpiry = callAt`,
    after: '    this.cancelExpiry = callAt',
    about: 'The timer of the old token is not cancelled.',
    shows: 'an open connection for … ms, got close 4101 token_expired',
  },
  {
    id: 'refresh/later-expiry-stays',
    requirement: 'refresh/new-expiry-holds',
    file: 'refresh.ts',
    before: 'credential.hold(token, claims)',
    after: 'credential.hold(token, { ...claims, exp: Math.max(claims.exp, held.exp) })',
    about: 'A refresh can only prolong, also where the new token ends earlier.',
    shows: 'close 4101 token_expired, got an open connection',
  },
  {
    id: 'refresh/subscribes-anew',
    requirement: 'refresh/loses-no-event',
    file: 'refresh.ts',
    before: `    if (mayRead(claims.grants, room)) continue
`,
    after: `    if (mayRead(claims.grants, room)) {
      const { encodeEntry } = await import('./stored-message.ts')
      for (const entry of await peer.world.bus.read(room, 0)) peer.send(encodeEntry(entry, false))
      await subscriptions.leave(room, claims.sub, 'lost')
      setTimeout(async () => (await subscriptions.enter(room, { id: claims.sub }, {})).begin(() => undefined), 200)
      continue
    }
`,
    about:
      'The rooms are subscribed anew under the new token: what was stored comes again, what comes between is lost.',
    shows: 'seq and text [[1,"n1"],…[12,"n12"]], got …[12,"n12"],[1,"n1"],',
  },
  {
    id: 'refresh/old-grants-stay',
    requirement: 'refresh/new-grants-hold',
    file: 'refresh.ts',
    before: 'credential.hold(token, claims)',
    after: 'credential.hold(token, { ...claims, grants: held.grants })',
    about: 'Only the expiry of the new token is taken.',
    shows: 'ok to send_message, got error forbidden: no grant to write to this room',
  },
  {
    id: 'refresh/old-name-stays',
    requirement: 'refresh/new-name-holds',
    file: 'refresh.ts',
    before: 'credential.hold(token, claims)',
    after: 'credential.hold(token, { ...claims, name: held.name } as any)',
    about: 'The name of the first token stays.',
    shows: 'from {"id":"…","name":"New"}, got {"id":"…","name":"Old"}',
  },
  {
    id: 'refresh/unsubscribed-after-ok',
    requirement: 'refresh/lost-room-is-unsubscribed',
    file: 'refresh.ts',
    before: `    peer.send(encode('unsubscribed', { room, code: 'forbidden' }))
`,
    after: `    setTimeout(() => peer.send(encode('unsubscribed', { room, code: 'forbidden' })), 20)
`,
    about: '`unsubscribed` comes after the `ok`.',
    shows: 'what came ["…: forbidden","…: forbidden","ok"], got ["ok"',
  },
  {
    id: 'refresh/lost-room-is-told-only',
    requirement: 'refresh/no-events-after-unsubscribed',
    file: 'refresh.ts',
    before: `    await subscriptions.leave(room, claims.sub, 'left')
`,
    after: '',
    about: '`unsubscribed` is said, and the events go on.',
    shows: 'the rooms of what came ["…","…"], got ["…","…","…","…"]',
  },
  {
    id: 'refresh/any-sub-passes',
    requirement: 'refresh/other-sub-closes-4100',
    file: 'refresh.ts',
    before: `  if (claims.sub !== held.sub) return peer.fail('unauthorized', 'the new token is of another sub', message)
`,
    after: '',
    about: 'A connection can change its user by a refresh.',
    shows: 'close 4100 unauthorized, got an open connection',
  },
  {
    id: 'refresh/expired-is-unauthorized',
    requirement: 'refresh/expired-closes-4101',
    file: 'refresh.ts',
    before: `verdict.close === 'unauthorized'`,
    after: `verdict.close !== 'revoked'`,
    about: 'An expired new token is answered with an error like a forged one.',
    shows: 'close 4101 token_expired, got an open connection',
  },
  {
    id: 'refresh/expired-never-expires',
    requirement: 'refresh/expired-closes-4101',
    file: 'auth.ts',
    before: `  if (now >= claims.exp * 1000 + leewayMs) return { valid: false, close: 'token_expired', fault: 'exp has passed' }
`,
    after: `  if (now >= claims.exp * 1000 + leewayMs) return { valid: true, claims: { ...claims, exp: now } }
`,
    about: 'A token that has expired counts as one without an expiry.',
    shows: 'close 4101 token_expired, got an open connection',
  },
  {
    id: 'refresh/invalid-closes',
    requirement: 'refresh/invalid-is-unauthorized',
    file: 'refresh.ts',
    before: `return peer.refuse(message, 'unauthorized', verdict.fault)`,
    after: `return peer.fail('unauthorized', verdict.fault, message)`,
    about: 'A new token that is not valid ends the connection, though the old one is.',
    shows: 'a pong…, got …then close 4100 unauthorized',
  },
  {
    id: 'refresh/invalid-drops-the-old',
    requirement: 'refresh/invalid-leaves-the-old-token',
    file: 'refresh.ts',
    before: `  if (!verdict.valid && verdict.close === 'unauthorized') return`,
    after: `  if (!verdict.valid && verdict.close === 'unauthorized') credential.drop()
  if (!verdict.valid && verdict.close === 'unauthorized') return`,
    about: 'A failed refresh stops the timer of the old token, which then never ends.',
    shows: 'close 4101 token_expired, got an open connection',
  },
  {
    id: 'refresh/invalid-counts',
    requirement: 'refresh/invalid-does-not-count',
    file: 'connection.ts',
    before: `if (code !== 'invalid_payload' && code !== 'unknown_type') return`,
    after: `if (!['invalid_payload', 'unknown_type', 'unauthorized'].includes(code)) return`,
    about: 'A failed refresh counts as an error of the frame.',
    shows: 'error unauthorized…, got …then close 4005 too_many_errors',
  },
  {
    id: 'refresh/holds-a-moment-later',
    requirement: 'refresh/near-expiry-is-ok-or-4101',
    file: 'refresh.ts',
    before: `  credential.hold(token, claims)
`,
    after: `  setTimeout(() => credential.hold(token, claims), 600)
`,
    about: 'The `ok` goes out while the old timer still runs.',
    shows: 'an open connection for … ms, got close 4101 token_expired',
  },
]
