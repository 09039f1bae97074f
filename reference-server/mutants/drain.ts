/** Faults in stopping in order. */
import type { RuleMutant } from '../mutate.ts'

export const DRAIN_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'drain/closes-without-a-word',
    requirement: 'drain/tells-then-closes-4300',
    file: 'server.ts',
    before: `    for (const connection of drained) connection.announceDraining({ reconnect_after, deadline_ms })
`,
    after: '',
    about: 'A drain closes without having told.',
    shows: 'a draining to phone, got …then close 4300 draining',
  },
  {
    id: 'drain/closes-too-late',
    requirement: 'drain/tells-then-closes-4300',
    file: 'server.ts',
    before: 'deadline_ms * (1 - CLOSING_SHARE)',
    after: 'deadline_ms * 3 + 1000',
    about: 'The close comes long after the deadline.',
    shows: 'close 4300 draining, got an open connection',
  },
  {
    id: 'drain/own-deadline',
    requirement: 'drain/deadline-is-as-asked',
    file: 'server.ts',
    before: 'announceDraining({ reconnect_after, deadline_ms })',
    after: 'announceDraining({ reconnect_after, deadline_ms: DRAIN_DEADLINE_MS - 1 })',
    about: '`draining` tells another deadline than was asked for.',
    shows: 'deadline_ms 1234, got',
  },
  {
    id: 'drain/own-window',
    requirement: 'drain/window-is-as-asked',
    file: 'server.ts',
    before: 'announceDraining({ reconnect_after, deadline_ms })',
    after: 'announceDraining({ reconnect_after: RECONNECT_AFTER, deadline_ms })',
    about: '`draining` tells another window than was asked for.',
    shows: 'reconnect_after {"min_ms":123,"max_ms":4567}, got {"min_ms":0,"max_ms":1000}',
  },
  {
    id: 'drain/deaf-while-draining',
    requirement: 'drain/commands-work-until-the-close',
    file: 'connection.ts',
    before: `    if (this.state === 'ready') this.deliver(encode('draining', payload))
`,
    after: `    this.inbox.push = () => {}
    if (this.state === 'ready') this.deliver(encode('draining', payload))
`,
    about: 'After `draining` nothing is answered.',
    shows: 'a pong…, got … within',
  },
  {
    id: 'drain/upgrades-go-on',
    requirement: 'drain/draining-node-refuses-upgrades',
    file: 'server.ts',
    before: 'this.draining ? DRAINING : judgeUpgrade',
    after: 'judgeUpgrade',
    about: 'A draining node takes new connections.',
    shows: 'HTTP 503, got HTTP 101',
  },
  {
    id: 'drain/stays-ready',
    requirement: 'drain/draining-node-is-not-ready',
    file: 'server.ts',
    before: 'return !this.draining',
    after: 'return true',
    about: 'A draining node calls itself ready.',
    shows: 'the HTTP status of /readyz 503, got 200',
  },
  {
    id: 'drain/drains-everybody',
    requirement: 'drain/of-one-user-spares-others',
    file: 'server.ts',
    before: 'sub === undefined || connection.sub === sub',
    after: 'connection.sub !== undefined',
    about: 'The drain of one user is that of all.',
    shows: 'a pong…, got …then close 4300 draining',
  },
  {
    id: 'drain/node-follows-the-user',
    requirement: 'drain/of-one-user-keeps-the-node-ready',
    file: 'server.ts',
    before: 'if (sub === undefined) this.draining = true',
    after: 'this.draining = true',
    about: 'The drain of one user takes the node out.',
    shows: 'the HTTP status of /readyz 200, got 503',
  },
  {
    id: 'drain/sigterm-cuts',
    requirement: 'drain/sigterm-drains',
    file: 'server.ts',
    before: `    this.drain({ deadline_ms: deadlineMs })
`,
    after: `    for (const socket of this.connections.values()) (socket as any).ws.terminate()
`,
    about: 'SIGTERM ends all connections without a word.',
    shows: 'a draining to alice, got …without a Close frame',
  },
]
