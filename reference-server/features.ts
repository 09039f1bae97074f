/** The parts of the protocol that a server may leave out, and the messages that go with each. */
import type * as Chat from '../schemas/generated/chat.ts'

export const FEATURES: readonly Chat.Feature[] = ['history', 'presence', 'typing', 'signal', 'read', 'notifications']

const FEATURE_OF: Readonly<Partial<Record<Chat.ClientMessage['type'], Chat.Feature>>> = {
  history: 'history',
  presence_set: 'presence',
  presence_get: 'presence',
  typing: 'typing',
  signal: 'signal',
  mark_read: 'read',
}

/** Features that `serve --without` can leave out: the others have no message by which a client would notice. */
export const OPTIONAL_FEATURES = FEATURES.filter((feature) => Object.values(FEATURE_OF).includes(feature))

/** Whether a server with these features serves messages of this type. */
export function isServed(type: Chat.ClientMessage['type'], features: readonly Chat.Feature[]): boolean {
  const feature = FEATURE_OF[type]
  return feature === undefined || features.includes(feature)
}
