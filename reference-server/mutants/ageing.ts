/** Faults that no single exchange shows: only a load test that goes on for a while, or looks at the memory, does. */
import type { Mutant } from '../mutate.ts'

export const AGEING_MUTANTS: readonly Mutant[] = [
  {
    id: 'delivery/keeps-every-frame',
    requirement: 'delivery/reaches-every-subscriber',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of room.members) {
    const kept = ((globalThis as any).kept ??= [])
    kept.push(Buffer.from(frame))
    member.deliver(frame)
  }`,
    about: 'A copy of each delivery stays in memory for good.',
  },
  {
    id: 'delivery/slows-with-age',
    requirement: 'delivery/reaches-every-subscriber',
    file: 'rooms.ts',
    before: '    return this.bus.publish(name, draft)\n',
    after: `    const born = ((globalThis as any).born ??= performance.now())
    const seconds = (performance.now() - born) / 1000
    await new Promise((resolve) => setTimeout(resolve, seconds * seconds * 12))
    return this.bus.publish(name, draft)
`,
    about: 'Every message takes longer than the one before it.',
  },
  {
    id: 'backpressure/copies-without-end',
    requirement: 'backpressure/slow-reader-is-closed',
    file: 'socket.ts',
    before: `    if (this.queued > this.limits.send_queue_bytes || this.isStalled()) return false
    const bytes`,
    after: `    frame = Buffer.from(frame)
    const bytes`,
    about: 'The queue of a slow reader grows for ever, with a copy of each message in it.',
  },
  {
    id: 'backpressure/publishers-wait-for-the-slow',
    requirement: 'backpressure/others-notice-nothing',
    file: 'rooms.ts',
    before: '    return this.bus.publish(name, draft)\n',
    after: `    const stuck = [...(this.rooms.get(name)?.members ?? [])].filter((member) => (member as any).subscriber.transport.queued > 65_536)
    if (stuck.length > 0) await new Promise((resolve) => setTimeout(resolve, 3000))
    return this.bus.publish(name, draft)
`,
    about: 'While somebody in the room does not read, each message waits for three seconds.',
  },
]
