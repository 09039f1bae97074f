/** Faults in the shape of frames. */
import type { RuleMutant } from '../mutate.ts'

export const ENVELOPE_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'envelope/timestamps-as-python-writes-them',
    requirement: 'envelope/frames-match-their-schema',
    file: 'messages.ts',
    before: 'ts: string = new Date().toISOString(),',
    after: `ts: string = new Date().toISOString().replace('Z', '000+00:00'),`,
    about: `Timestamps carry microseconds and an offset, as Python's isoformat writes them.`,
    shows: 'welcome breaks its schema: /ts must match pattern',
  },
  {
    id: 'envelope/undocumented-field',
    requirement: 'envelope/frames-match-their-schema',
    file: 'connection.ts',
    before: 'connection_id: this.id,',
    after: `connection_id: this.id,
      node: 'a',`,
    about: 'A field that no schema names leaks into `welcome`.',
    shows: 'welcome breaks its schema: /payload must NOT have additional properties',
  },
  {
    id: 'envelope/errors-without-reply-to',
    requirement: 'envelope/reply-to-names-the-command',
    file: 'connection.ts',
    before: `encode('error', { code, message, retryable }, replyTo(to))`,
    after: `encode('error', { code, message, retryable })`,
    about: 'Errors do not say which command they answer.',
    shows: 'reply_to ["A","z_9-","x…",null,null], got ["A","z_9-",null,null,null]',
  },
  {
    id: 'envelope/ok-sent-twice',
    requirement: 'envelope/one-answer-per-command',
    file: 'connection.ts',
    before: `this.transport.send(encode('ok', payload, id))`,
    after: `this.transport.send(encode('ok', payload, id))
    this.transport.send(encode('ok', payload, id))`,
    about: 'A retrying writer sends each `ok` twice.',
    shows: 'answers to each command [1,1,1,1,1], got [1,2,',
  },
  {
    id: 'envelope/frames-are-padded',
    requirement: 'envelope/server-frames-are-bounded',
    file: 'messages.ts',
    before: 'return JSON.stringify({ type, reply_to, ts, payload })',
    after: 'return JSON.stringify({ type, reply_to, ts, payload }).padEnd(2 ** 17)',
    about: 'Frames are padded to one length, so that it tells nothing, and the bound is forgotten.',
    shows: 'frames of at most 65536 octets, got one of 131072',
  },
]
