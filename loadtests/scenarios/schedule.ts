/**
 * Who publishes what, where and when: message n of the run belongs to publisher n mod publishers, and is due
 * n intervals after the start. Subscribers and publishers are dealt to the rooms in turn.
 */

export interface Schedule {
  /** Messages of the whole run. */
  readonly messages: number
  readonly publishers: number
  readonly rooms: number
  /** Between two messages of the run, in ms. */
  readonly interval_ms: number
}

/** One message: the `number`th (from 0) of its publisher, due `due_ms` after the start. */
export interface Publish {
  readonly publisher: number
  readonly number: number
  readonly due_ms: number
}

/** How many messages a publisher has to send. */
export function messagesOf({ messages, publishers }: Schedule, publisher: number): number {
  return Math.max(0, Math.ceil((messages - publisher) / publishers))
}

/** The room of the subscriber or publisher of that number. */
export function roomOf({ rooms }: Schedule, number: number): number {
  return number % rooms
}

/** The publishers of a room. */
export function publishersOf(schedule: Schedule, room: number): number[] {
  const found: number[] = []
  for (let publisher = room; publisher < schedule.publishers; publisher += schedule.rooms) found.push(publisher)
  return found
}

/** The `index`th message of those that some of the publishers (in ascending order) have to send together. */
export function publishAt(schedule: Schedule, some: readonly number[], index: number): Publish {
  const publisher = some[index % some.length] ?? 0
  const number = Math.floor(index / some.length)
  return { publisher, number, due_ms: (number * schedule.publishers + publisher) * schedule.interval_ms }
}
