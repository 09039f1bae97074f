/** Faults in recognising repeats. */
import type { RuleMutant } from '../mutate.ts'

export const DEDUPE_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'dedupe/forgets-early',
    requirement: 'dedupe/repeat-gets-the-first-ids',
    file: 'dedupe.ts',
    before: 'now - at <= this.windowMs',
    after: 'now - at <= this.windowMs / 10',
    about: 'A client_msg_id is forgotten long before its window ends.',
    shows: 'the ok to the repeat {…"seq":1,…"duplicate":true}, got {…"seq":2,',
  },
  {
    id: 'dedupe/repeat-has-a-new-ts',
    requirement: 'dedupe/repeat-gets-the-first-ids',
    file: 'send-message.ts',
    before: `  const { epoch, seq, id: message_id, ts } = receipt.entry
`,
    after: `  const { epoch, seq, id: message_id } = receipt.entry
  const ts = receipt.outcome === 'duplicate' ? new Date().toISOString() : receipt.entry.ts
`,
    about: 'A repeat is answered with the time of the repeat.',
    shows: 'to the repeat {…"seq":1,…"duplicate":true}, got {…"seq":1,…"duplicate":true}',
  },
  {
    id: 'dedupe/repeat-is-fanned-out',
    requirement: 'dedupe/repeat-is-not-delivered',
    file: 'in-process-bus.ts',
    before: `    if (earlier !== undefined) return earlier
`,
    after: `    if (earlier?.outcome === 'duplicate') for (const listener of stream.listeners) listener.stored(earlier.entry)
    if (earlier !== undefined) return earlier
`,
    about: 'A repeat gets the first ids, and is delivered once more.',
    shows: 'seq and text to alice [[1,"hello"],[2,"next"]], got [[1,"hello"],[1,"hello"],[1,"hello"],[2,"next"]]',
  },
  {
    id: 'dedupe/all-are-duplicates',
    requirement: 'dedupe/first-is-no-duplicate',
    file: 'send-message.ts',
    before: `const duplicate = receipt.outcome === 'duplicate'`,
    after: 'const duplicate = true',
    about: 'Every `ok` says that the message is a repeat.',
    shows: 'duplicate false, got true',
  },
  {
    id: 'dedupe/one-window-per-connection',
    requirement: 'dedupe/holds-across-connections',
    file: 'send-message.ts',
    before: `  const receipt = await peer.world.rooms.publish(room, draftOf(message, claims))
`,
    after: `  const draft = draftOf(message, claims) as any
  draft.once = { ...draft.once, key: \`\${draft.once.key} \${peer.id}\` }
  const receipt = await peer.world.rooms.publish(room, draft)
`,
    about: 'Each connection remembers its own messages, and a client that comes back has a new one.',
    shows: 'the answer to the repeat {…"seq":1,…"duplicate":true}, got {…"seq":2,',
  },
  {
    id: 'dedupe/looks-then-stores',
    requirement: 'dedupe/holds-in-flight',
    file: 'in-process-bus.ts',
    before: `    if (earlier !== undefined) return earlier
`,
    after: `    if (earlier !== undefined) return earlier
    if (once) await new Promise((resolve) => setTimeout(resolve, 20))
`,
    about: 'Between the look-up and the store a second one slips through.',
    shows: 'further answers without duplicate: true…, got …"seq":2,',
  },
  {
    id: 'dedupe/content-is-not-compared',
    requirement: 'dedupe/other-content-is-conflict',
    file: 'dedupe.ts',
    before: `    if (earlier.content !== content) return { outcome: 'conflict' }
`,
    after: '',
    about: 'Another message under the same client_msg_id is swallowed.',
    shows: ['the two answers ["conflict","ok"], got ["ok","ok"]', 'the answer "conflict", got "ok"'],
  },
  {
    id: 'dedupe/only-text-counts',
    requirement: 'dedupe/other-content-is-conflict',
    file: 'stored-message.ts',
    before: 'canonical([text, content_type, reply_to_message_id ?? null, metadata ?? null])',
    after: 'canonical([text])',
    about: 'Of the content only the text is compared.',
    shows: 'the answer "conflict", got "ok"',
  },
  {
    id: 'dedupe/absent-is-not-plain',
    requirement: 'dedupe/absent-content-type-is-plain',
    file: 'stored-message.ts',
    before: `content_type = 'text/plain'`,
    after: 'content_type = null as any',
    about: 'An absent content_type is another one than text/plain.',
    shows: 'the answer to the repeat {…"duplicate":true}, got "error conflict"',
  },
  {
    id: 'dedupe/keys-in-order',
    requirement: 'dedupe/metadata-is-compared-as-json',
    file: 'stored-message.ts',
    before: '.sort(([a], [b]) => (a < b ? -1 : 1))',
    after: '',
    about: 'Metadata is compared as text, so the order of keys counts.',
    shows: 'the answer to the repeat {…"duplicate":true}, got "error conflict"',
  },
  {
    id: 'dedupe/ids-of-all-users',
    requirement: 'dedupe/users-are-apart',
    file: 'stored-message.ts',
    before: `key: \`\${client_msg_id} \${sub}\``,
    after: 'key: client_msg_id',
    about: 'A client_msg_id that anybody used is taken for all.',
    shows: 'seq and duplicate [2,false], got [1,true]',
  },
  {
    id: 'dedupe/ids-of-all-rooms',
    requirement: 'dedupe/rooms-are-apart',
    file: 'in-process-bus.ts',
    before: 'const dedupe = new Dedupe(this.limits.dedupe_window_ms)',
    after: 'const dedupe = ((this as any).dedupe ??= new Dedupe(this.limits.dedupe_window_ms))',
    about: 'The same client_msg_id in another room is a repeat.',
    shows: 'seq and duplicate [1,false], got [1,true]',
  },
  {
    id: 'dedupe/refused-takes-the-id',
    requirement: 'dedupe/refused-is-not-remembered',
    file: 'send-message.ts',
    before: '  if (!mayWrite(claims.grants, room)) return',
    after: `  const refused: Set<string> = ((peer.world as any).refused ??= new Set())
  const key = \`\${room} \${claims.sub} \${message.payload.client_msg_id}\`
  if (refused.has(key)) return peer.refuse(message, 'conflict', 'this client_msg_id is taken')
  if (isTooLarge(metadata) || !mayWrite(claims.grants, room)) refused.add(key)
  if (!mayWrite(claims.grants, room)) return`,
    about: 'A message that was refused uses its client_msg_id up.',
    shows: 'ok to send_message, got error conflict: this client_msg_id is taken',
  },
  {
    id: 'dedupe/repeat-needs-no-grant',
    requirement: 'dedupe/grant-comes-first',
    file: 'send-message.ts',
    before: '  if (!mayWrite(claims.grants, room)) return',
    after: `  const { once } = draftOf(message, claims) as any
  const known = (peer.world.bus as any).streams.get(room)?.dedupe.find(once, Date.now())
  if (!known && !mayWrite(claims.grants, room)) return`,
    about: 'A repeat is recognised before the grant is looked at.',
    shows: 'error forbidden, got ok',
  },
  {
    id: 'dedupe/repeat-is-free',
    requirement: 'dedupe/rate-comes-first',
    file: 'connection.ts',
    before: `    if (rate.verdict === 'reject') return`,
    after: `    const repeated = (envelope.payload as any)?.client_msg_id
    const streams: any[] = repeated ? [...(this.world.bus as any).streams.values()] : []
    const known = streams.flatMap(({ dedupe }) => [...dedupe.sent.keys()]).some((key) => key.startsWith(repeated))
    if (rate.verdict === 'reject' && known) return this.perform(envelope as any, claims)
    if (rate.verdict === 'reject') return`,
    about: 'A repeat is answered from a cache that stands before the limiter.',
    shows: 'repeats answered with ok, got',
  },
  {
    id: 'dedupe/remembered-a-moment-later',
    requirement: 'dedupe/holds-in-flight',
    file: 'in-process-bus.ts',
    before: 'if (once) stream.dedupe.add(once, entry, Date.now())',
    after: 'if (once) setTimeout(() => stream.dedupe.add(once, entry, Date.now()), 20)',
    about: 'A message is remembered only once the store has answered, and its repeat overtakes that.',
    shows: 'further answers without duplicate: true…, got …"seq":2,',
  },
]
