/** Faults in the shape of frames. */
import type { Mutant } from '../mutate.ts'

export const ENVELOPE_MUTANTS: readonly Mutant[] = [
  {
    id: 'envelope/timestamps-as-python-writes-them',
    requirement: 'envelope/frames-match-their-schema',
    file: 'messages.ts',
    before: 'ts: string = new Date().toISOString(),',
    after: `ts: string = new Date().toISOString().replace('Z', '000+00:00'),`,
    about: `Timestamps carry microseconds and an offset, as Python's isoformat writes them.`,
  },
  {
    id: 'envelope/undocumented-field',
    requirement: 'envelope/frames-match-their-schema',
    file: 'connection.ts',
    before: 'connection_id: this.id,',
    after: `connection_id: this.id,
      node: 'a',`,
    about: 'A field that no schema names leaks into `welcome`.',
  },
  {
    id: 'envelope/errors-without-reply-to',
    requirement: 'envelope/reply-to-names-the-command',
    file: 'connection.ts',
    before: `encode('error', { code, message, retryable }, replyTo(to))`,
    after: `encode('error', { code, message, retryable })`,
    about: 'Errors do not say which command they answer.',
  },
  {
    id: 'envelope/ok-sent-twice',
    requirement: 'envelope/one-answer-per-command',
    file: 'connection.ts',
    before: `this.transport.send(encode('ok', payload, id))`,
    after: `this.transport.send(encode('ok', payload, id))
    this.transport.send(encode('ok', payload, id))`,
    about: 'A retrying writer sends each `ok` twice.',
  },
  {
    id: 'envelope/frames-are-padded',
    requirement: 'envelope/server-frames-are-bounded',
    file: 'messages.ts',
    before: 'return JSON.stringify({ type, reply_to, ts, payload })',
    after: 'return JSON.stringify({ type, reply_to, ts, payload }).padEnd(2 ** 17)',
    about: 'Frames are padded to one length, so that it tells nothing, and the bound is forgotten.',
  },
]
