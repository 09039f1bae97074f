/** Roles of those who come while messages flow, in the order in which they do, and what has to become of their tokens. */
export const VISITORS = {
  good: { check: 'good_gets_welcome', code: undefined },
  expired: { check: 'expired_gets_4101', code: 4101 },
  forged: { check: 'forged_gets_4100', code: 4100 },
} as const

export type VisitorRole = keyof typeof VISITORS

export const isVisitor = (role: string): role is VisitorRole => Object.hasOwn(VISITORS, role)
