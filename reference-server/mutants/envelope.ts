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
    id: 'envelope/error-echoes-the-frame',
    requirement: 'envelope/server-frames-are-bounded',
    file: 'connection.ts',
    before: `encode('error', { code, message, retryable }, replyTo(to))`,
    after: `encode('error', { code, message, retryable, details: { received: to } }, replyTo(to))`,
    about: 'An error echoes what it complains of, and so is longer than the longest message.',
  },
]
