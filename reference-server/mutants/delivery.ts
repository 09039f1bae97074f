/** Faults in numbering and fan-out. */
import type { RuleMutant } from '../mutate.ts'

export const DELIVERY_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'delivery/newest-member-misses',
    requirement: 'delivery/reaches-every-subscriber',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: 'for (const member of [...room.members].slice(0, Math.max(1, room.members.size - 1))) member.deliver(frame)',
    about: 'The last subscriber of several is left out.',
    shows: 'user_message to dave, got … within',
  },
  {
    id: 'delivery/sender-is-left-out',
    requirement: 'delivery/sender-hears-itself',
    file: 'send-message.ts',
    before: `  const receipt = await peer.world.rooms.publish(room, draftOf(message, claims))
`,
    after: `  const sender = peer as any
  sender.deliver = () => {}
  const receipt = await peer.world.rooms.publish(room, draftOf(message, claims))
  Reflect.deleteProperty(sender, 'deliver')
`,
    about: 'A message goes to everybody but the connection that sent it.',
    shows: 'user_message to phone, got … within',
  },
  {
    id: 'delivery/sending-needs-subscription',
    requirement: 'delivery/needs-no-subscription-to-send',
    file: 'send-message.ts',
    before: '  const receipt = await peer',
    after: `  if (!peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed')
  const receipt = await peer`,
    about: 'Only who subscribes may send.',
    shows: 'ok to send_message, got error not_subscribed: not subscribed',
  },
  {
    id: 'delivery/goes-to-every-room',
    requirement: 'delivery/stays-in-its-room',
    file: 'in-process-bus.ts',
    before: 'for (const listener of stream.listeners) listener.stored(entry)',
    after: 'for (const other of this.streams.values()) for (const listener of other.listeners) listener.stored(entry)',
    about: 'A message reaches the subscribers of all rooms.',
    shows: 'text "there", got "here"',
  },
  {
    id: 'delivery/seq-skips-one',
    requirement: 'delivery/seq-is-contiguous',
    file: 'in-process-bus.ts',
    before: 'const seq = stream.seq + 1',
    after: 'const seq = stream.seq + (stream.seq % 3 === 2 ? 2 : 1)',
    about: 'A retry takes a second number for the same message.',
    shows: 'seq [1,2,3,…10], got [1,2,4,5,7,',
  },
  {
    id: 'delivery/one-counter-for-all',
    requirement: 'delivery/rooms-count-apart',
    file: 'in-process-bus.ts',
    before: 'const seq = stream.seq + 1',
    after: 'const seq = ((this as any).last = ((this as any).last ?? 0) + 1)',
    about: 'One counter numbers the messages of all rooms.',
    shows: 'seq [1,1,2,2,3], got [1,2,3,4,5]',
  },
  {
    id: 'delivery/workers-race',
    requirement: 'delivery/all-see-the-same-order',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `const [first, ...others] = room.members
  first?.deliver(frame)
  setTimeout(() => others.forEach((member) => member.deliver(frame)), entry.seq % 2 ? 5 : 0)`,
    about: 'Fan-out is spread over workers, which overtake each other.',
    shows: 'the order, at [',
  },
  {
    id: 'delivery/publishers-race',
    requirement: 'delivery/one-senders-order-is-kept',
    file: 'connection.ts',
    before: '        return sendMessage(this, message, claims)',
    after: `        setTimeout(() => sendMessage(this, message, claims), message.id.length + (message.id.charCodeAt(message.id.length - 1) % 2) * 5)
        return`,
    about: 'A pool of publishers reorders what one connection sends.',
    shows: 'texts ["n0","n1","n2",…"n15"], got ["',
  },
  {
    id: 'delivery/ok-before-acceptance',
    requirement: 'delivery/ok-follows-acceptance',
    file: 'send-message.ts',
    before: `  const receipt = await peer.world.rooms.publish(room, draftOf(message, claims))
`,
    after: `  const nobody = { stored: () => {}, passing: () => {}, reset: () => {} }
  const { epoch: at, seq: last } = await peer.world.bus.subscribe(room, nobody)
  setTimeout(() => peer.world.bus.publish(room, draftOf(message, claims)), 50)
  const entry = { epoch: at, seq: last + 1, id: \`\${at}_\${last + 1}\`, ts: new Date().toISOString() }
  const receipt = { outcome: 'accepted', entry } as any
`,
    about: 'The `ok` is sent before the broker has taken the message.',
    shows: 'a head of at least 1 after its ok, got head_seq 0',
  },
  {
    id: 'delivery/ok-names-the-clients-id',
    requirement: 'delivery/ok-carries-place-and-id',
    file: 'send-message.ts',
    before: '{ room, epoch, seq, message_id, ts,',
    after: '{ room, epoch, seq, message_id: message.payload.client_msg_id, ts,',
    about: `The \`ok\` gives the client's own id back as the id of the message.`,
    shows: 'message_id and ts of the ok and of the message {"room":"…","seq":1,"message_id":"…, got {',
  },
  {
    id: 'delivery/ids-unique-in-the-room-only',
    requirement: 'delivery/message-ids-differ',
    file: 'in-process-bus.ts',
    before: `[epoch, seq].join('_')`,
    after: `['m', seq].join('_')`,
    about: 'The id of a message is unique in its room only.',
    shows: 'distinct message ids of 5 messages 5, got 3',
  },
  {
    id: 'delivery/text-is-trimmed',
    requirement: 'delivery/text-is-untouched',
    file: 'stored-message.ts',
    before: `    text,
    ...(content_type`,
    after: `    text: text.trim(),
    ...(content_type`,
    about: 'White space around a text is taken away.',
    shows: 'text "  spaces \\n\\t kept  ", got "spaces \\n\\t kept"',
  },
  {
    id: 'delivery/text-is-normalised',
    requirement: 'delivery/text-is-untouched',
    file: 'stored-message.ts',
    before: `    text,
    ...(content_type`,
    after: `    text: text.normalize('NFC'),
    ...(content_type`,
    about: 'A text is brought into normal form C.',
    shows: 'text "é is not é", got "é is not é"',
  },
  {
    id: 'delivery/length-in-utf16',
    requirement: 'delivery/longest-text-is-accepted',
    file: 'messages.ts',
    before: 'if (!clientValidators[type](envelope)) return undefined',
    after: 'if (!clientValidators[type](envelope) || (envelope.payload as any).text?.length > 4000) return undefined',
    about: 'The length of a text is counted in UTF-16 code units.',
    shows: 'ok to send_message, got error invalid_payload',
  },
  {
    id: 'delivery/content-type-is-lost',
    requirement: 'delivery/optional-fields-are-relayed',
    file: 'stored-message.ts',
    before: '...(content_type !== undefined && { content_type }),',
    after: '',
    about: 'A Markdown text arrives as plain text.',
    shows: 'fields {"content_type":"text/markdown",…, got {"reply_to_message_id":"m-0","metadata":',
  },
  {
    id: 'delivery/reply-target-is-demanded',
    requirement: 'delivery/reply-target-is-not-looked-up',
    file: 'send-message.ts',
    before: '  const receipt = await peer',
    after: `  if (message.payload.reply_to_message_id) return peer.refuse(message, 'invalid_payload', 'no such message')
  const receipt = await peer`,
    about: 'A reply to a message that is not known is refused.',
    shows: 'ok to send_message, got error invalid_payload: no such message',
  },
  {
    id: 'delivery/metadata-is-lost',
    requirement: 'delivery/optional-fields-are-relayed',
    file: 'stored-message.ts',
    before: '...(metadata !== undefined && { metadata }),',
    after: '',
    about: '`metadata` is stored nowhere.',
    shows:
      'fields {"content_type":…"metadata":…, got {"content_type":"text/markdown","reply_to_message_id":"m-0","client_msg_id":',
  },
  {
    id: 'delivery/metadata-of-any-size',
    requirement: 'delivery/metadata-over-2048-octets-is-too-large',
    file: 'messages.ts',
    before: 'const METADATA_BYTES = 2048',
    after: 'const METADATA_BYTES = 2 ** 20',
    about: '`metadata` may be as long as the message.',
    shows: 'error payload_too_large, got ok',
  },
  {
    id: 'delivery/metadata-of-one-kib',
    requirement: 'delivery/metadata-over-2048-octets-is-too-large',
    file: 'messages.ts',
    before: 'const METADATA_BYTES = 2048',
    after: 'const METADATA_BYTES = 1024',
    about: '`metadata` is refused from one KiB on.',
    shows: 'ok to send_message, got error payload_too_large',
  },
  {
    id: 'delivery/from-is-the-clients-word',
    requirement: 'delivery/from-is-the-tokens-user',
    file: 'stored-message.ts',
    before: 'from: userOf(claims),',
    after: 'from: (payload as any).from ?? userOf(claims),',
    about: 'A client may say who it is.',
    shows: 'from {"id":"…"}, got {"id":"mallory"}',
  },
  {
    id: 'delivery/forbidden-uses-a-seq',
    requirement: 'delivery/refused-is-not-delivered',
    file: 'send-message.ts',
    before: '  if (!mayWrite(claims.grants, room)) return',
    after: `  if (!mayWrite(claims.grants, room)) await peer.world.bus.publish(room, draftOf(message, claims))
  if (!mayWrite(claims.grants, room)) return`,
    about: 'The grant is checked after the message was published.',
    shows: 'seq and text [[1,"one"],[2,"two"]], got [[1,"one"],[2,"not mine to send"],[3,"two"]]',
  },
  {
    id: 'delivery/dead-member-throws',
    requirement: 'delivery/a-broken-reader-harms-nobody',
    file: 'connection.ts',
    before: `    await this.subscriptions.leaveAll(sub, how)
`,
    after: `    this.deliver = () => {
      throw new Error('the socket is gone')
    }
`,
    about: 'A connection that is gone stays in its rooms, and its failure stops the fan-out.',
    shows: 'ok to send_message, got …then close 4200 internal',
  },
]
