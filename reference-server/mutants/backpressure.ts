/** Faults in bearing with slow readers. */
import type { RuleMutant } from '../mutate.ts'

export const BACKPRESSURE_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'backpressure/queue-without-end',
    requirement: 'backpressure/slow-reader-is-closed',
    file: 'socket.ts',
    before: `    if (this.queued > this.limits.send_queue_bytes || this.isStalled()) return false
`,
    after: '',
    about: 'The queue of a slow reader grows for ever.',
    shows: 'the end of a connection that was not read from, got an open connection that reads all',
  },
  {
    id: 'backpressure/pong-saves',
    requirement: 'backpressure/sending-does-not-save',
    file: 'connection.ts',
    before: `    if (!this.transport.deliver(frame)) this.fail('slow_consumer', 'too much waits to be sent')
    else`,
    after: `    if (!this.transport.deliver(frame)) return
    else`,
    about: 'Who reads nothing and still pongs is kept, since only the heartbeat closes.',
    shows: 'the end of a connection that was not read from, got an open connection that reads all',
  },
  {
    id: 'backpressure/fan-out-stops-at-the-slow',
    requirement: 'backpressure/others-notice-nothing',
    file: 'rooms.ts',
    before: 'for (const member of room.members) member.deliver(frame)',
    after: `for (const member of room.members) {
    if ((member as any).subscriber.transport?.queued > 65_536) break
    member.deliver(frame)
  }`,
    about: 'The fan-out stops at whoever cannot take more.',
    shows: ' to bob, got … within',
  },
  {
    id: 'backpressure/drops-what-does-not-fit',
    requirement: 'backpressure/reads-a-gapless-prefix',
    file: 'socket.ts',
    before: `    if (this.queued > this.limits.send_queue_bytes || this.isStalled()) return false
`,
    after: `    if (this.isStalled()) return false
    const kept = this as any
    if (this.queued > this.limits.send_queue_bytes) kept.latest = frame
    if (kept.latest) {
      kept.timer ??= setInterval(() => {
        if (this.ws.bufferedAmount > 0) return
        clearInterval(kept.timer)
        this.ws.send(kept.latest, TEXT)
        this.ws.close(4203, 'slow_consumer')
      }, 20)
      return true
    }
`,
    about: 'Of what a slow reader cannot take the latest is kept, and sent before the close.',
    shows: 'seq 1, 2, 3 and so on to slow, got [1,2,3,',
  },
  {
    id: 'backpressure/slow-session-ends',
    requirement: 'backpressure/session-is-kept',
    file: 'connection.ts',
    before: 'code === CLOSE_CODES.revoked.code',
    after: 'code === CLOSE_CODES.revoked.code || code === CLOSE_CODES.slow_consumer.code',
    about: 'A slow client loses its session.',
    shows: 'session {…"resumed":true}, got {…"resumed":false,"reason":"not_found"}',
  },
  {
    id: 'backpressure/burst-is-slowness',
    requirement: 'backpressure/bursts-do-not-close',
    file: 'socket.ts',
    before: `    if (this.ws.bufferedAmount === 0) {
`,
    after: `    const lately: [number, number][] = ((this as any).lately ??= [])
    lately.push([performance.now(), Buffer.byteLength(frame)])
    while ((lately[0]?.[0] ?? 0) < performance.now() - 1000) lately.shift()
    if (lately.reduce((sum, [, bytes]) => sum + bytes, 0) > this.limits.send_queue_bytes) return false
    if (this.ws.bufferedAmount === 0) {
`,
    about: 'What was sent within the last second is taken for waiting.',
    shows: 'seq …, got …then close 4203 slow_consumer',
  },
  {
    id: 'backpressure/answers-count',
    requirement: 'backpressure/own-answers-do-not-count',
    file: 'socket.ts',
    before: `    this.ws.send(frame, TEXT, () => this.flushed(0))
`,
    after: `    this.ws.send(frame, TEXT, () => this.flushed(0))
    if (this.ws.bufferedAmount > this.limits.send_queue_bytes) this.close(4203, 'slow_consumer')
`,
    about: 'Who asks for much is cut off for it.',
    shows: 'ok to subscribe, got …then close 4203 slow_consumer',
  },
  {
    id: 'backpressure/ephemeral-cuts-off',
    requirement: 'backpressure/ephemeral-is-dropped-first',
    file: 'socket.ts',
    before: `    if (this.queued <= this.limits.send_queue_bytes / 2) this.deliver(frame)
`,
    after: `    if (!this.deliver(frame)) this.close(4203, 'slow_consumer')
`,
    about: 'Typing fills the queue like messages.',
    shows: 'a pong…, got …then close 4203 slow_consumer',
  },
]
