/** Faults in the revocation of tokens and users. */
import type { RuleMutant } from '../mutate.ts'

export const REVOCATION_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'revocation/jti-keeps-connections',
    requirement: 'revocation/jti-closes-4103',
    file: 'control.ts',
    before: `  node.revoke(whom)
`,
    after: `  if ('sub' in whom) node.revoke(whom)
`,
    about: 'A socket outlives the revocation of its token.',
    shows: 'close 4103 revoked, got an open connection',
  },
  {
    id: 'revocation/sub-keeps-connections',
    requirement: 'revocation/sub-closes-4103',
    file: 'control.ts',
    before: `  node.revoke(whom)
`,
    after: `  if ('jti' in whom) node.revoke(whom)
`,
    about: 'A socket outlives the revocation of its user.',
    shows: 'close 4103 revoked, got an open connection',
  },
  {
    id: 'revocation/jti-closes-all-of-the-user',
    requirement: 'revocation/spares-others',
    file: 'server.ts',
    before: `    for (const connection of this.connections.keys()) connection.revoke(whom)
`,
    after: `    const all = [...this.connections.keys()]
    const aimed = ({ credential: { claims } }: any) => ('jti' in whom ? claims?.jti === whom.jti : claims?.sub === whom.sub)
    const subs = all.filter(aimed).map(({ sub }) => sub)
    for (const connection of all) if (subs.includes(connection.sub)) connection.fail('revoked', 'revoked')
`,
    about: 'The revocation of one token closes all connections of its user.',
    shows: 'a pong…, got …then close 4103 revoked',
  },
  {
    id: 'revocation/jti-comes-back',
    requirement: 'revocation/revoked-jti-is-refused',
    file: 'revocations.ts',
    before: '(jti !== undefined && this.tokens.has(jti)) || ',
    after: '',
    about: 'A revoked token closes its connections, and opens the next.',
    shows: 'close 4103 revoked, got close 4102 auth_timeout',
  },
  {
    id: 'revocation/no-iat-passes',
    requirement: 'revocation/older-token-of-sub-is-refused',
    file: 'revocations.ts',
    before: 'iat = Number.NEGATIVE_INFINITY',
    after: 'iat = Number.POSITIVE_INFINITY',
    about: 'A token without `iat` escapes the revocation of its user.',
    shows: 'close 4103 revoked, got close 4102 auth_timeout',
  },
  {
    id: 'revocation/older-iat-passes',
    requirement: 'revocation/older-token-of-sub-is-refused',
    file: 'revocations.ts',
    before: 'iat < second',
    after: 'iat < second - 3600',
    about: 'A clock skew of an hour is allowed to revoked users.',
    shows: 'close 4103 revoked, got close 4102 auth_timeout',
  },
  {
    id: 'revocation/same-second-is-older',
    requirement: 'revocation/newer-token-of-sub-is-accepted',
    file: 'revocations.ts',
    before: 'iat < second',
    after: 'iat <= second',
    about: 'The new token that a user gets in the second of the revocation is refused.',
    shows: 'a welcome to alice, got …then close 4103 revoked',
  },
  {
    id: 'revocation/revoked-refresh-is-unauthorized',
    requirement: 'revocation/revoked-refresh-closes-4103',
    file: 'refresh.ts',
    before: `verdict.close === 'unauthorized'`,
    after: `verdict.close !== 'token_expired'`,
    about: 'A refresh with a revoked token is answered with an error, and the connection goes on.',
    shows: 'close 4103 revoked, got an open connection',
  },
  {
    id: 'revocation/expiry-wins',
    requirement: 'revocation/wins-over-expiry',
    file: 'auth.ts',
    before: '  if (await isRevoked(claims)) return',
    after: `  if (now >= claims.exp * 1000 + leewayMs) return { valid: false, close: 'token_expired', fault: 'exp has passed' }
  if (await isRevoked(claims)) return`,
    about: 'A revoked token that has expired asks for a refresh.',
    shows: 'close 4103 revoked, got close 4101 token_expired',
  },
  {
    id: 'revocation/session-survives',
    requirement: 'revocation/ends-sessions',
    file: 'connection.ts',
    before: `this.closed('lost', code === CLOSE_CODES.revoked.code)`,
    after: `this.closed('lost')`,
    about: 'The session of a revoked connection waits to be resumed.',
    shows: 'session.resumed and reason [false,"not_found"], got [true,null]',
  },
  {
    id: 'revocation/detached-session-survives',
    requirement: 'revocation/ends-detached-sessions',
    file: 'control.ts',
    before: `  await node.world.sessions.revoke(whom)
`,
    after: '',
    about: 'Only sessions with a connection end by a revocation.',
    shows: 'session.resumed and reason [false,"not_found"], got [true,null]',
  },
]
