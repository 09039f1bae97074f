/** Where Autobahn and we say different things of a real server, and why that is right. `npm run beside-autobahn` holds it. */
import type { Difference } from './comparison.ts'
import { PEER_NAMES } from './peers.ts'

/** These answer a message from another task than the one that reads the next frame. */
const SCHEDULED = ['websockets', 'uvicorn-websockets', 'uvicorn-wsproto'] as const

/** These take no more than 4,096 fragments a message, and say so by Close 1009. */
const TAKE_4096_FRAGMENTS = ['websockets', 'uvicorn-websockets'] as const

const ONE_FRAGMENT_MORE =
  'Where the fragment size divides the message, Autobahn sends one more fragment, which is empty'

export const DIFFERENCES: readonly Difference[] = [
  {
    servers: PEER_NAMES,
    cases: ['7.13.*'],
    autobahn: 'INFORMATIONAL',
    ours: 'pass',
    why: 'Autobahn gives no verdict on codes above 4999. We look whether the code is sent back, which would be a notice; here it is not.',
    cites: ['rfc6455/codes-above-4999-may-be-refused'],
  },
  {
    servers: ['ws', 'gorilla', 'coder', 'tungstenite'],
    cases: ['7.1.6'],
    autobahn: 'INFORMATIONAL',
    ours: 'pass',
    why: 'Autobahn gives no verdict. We pass a server that answers the messages in front of the Close frame, and note one that does not.',
    cites: ['rfc6455/messages-before-close-may-be-answered'],
  },
  {
    servers: SCHEDULED,
    cases: ['3.2', '3.3', '3.4'],
    autobahn: 'NON-STRICT',
    ours: 'pass',
    byChance: true,
    why: 'Autobahn sends the wrong frame right behind a valid text, and misses the echo of that. No rule says that the echo comes before the failure; we await it before we send the wrong frame, and that fails the connection.',
    cites: ['rfc6455/reserved-bit-fails', 'rfc6455/failure-closes-tcp'],
  },
  {
    servers: SCHEDULED,
    cases: ['4.1.3', '4.1.4', '4.1.5', '4.2.3', '4.2.4', '4.2.5'],
    autobahn: 'NON-STRICT',
    ours: 'pass',
    byChance: true,
    why: 'As in 3.2 to 3.4: the echo that Autobahn misses is that of a valid text just in front of the wrong frame.',
    cites: ['rfc6455/unknown-opcode-fails', 'rfc6455/failure-closes-tcp'],
  },
  {
    servers: SCHEDULED,
    cases: ['5.15'],
    autobahn: 'NON-STRICT',
    ours: 'pass',
    byChance: true,
    why: 'As in 3.2 to 3.4: the echo that Autobahn misses is that of a valid message just in front of the wrong fragment.',
    cites: ['rfc6455/failure-closes-tcp'],
  },
  {
    servers: ['gorilla', 'coder'],
    cases: ['6.4.*'],
    autobahn: 'FAILED',
    ours: 'notice',
    why: 'The server never looks at its text. That it must, 6.3 and the invalid texts of 6.6 to 6.23 fail it for, in both suites; 6.4 asks only whether it does so before the message is whole, which the RFC leaves to it.',
    cites: ['rfc6455/invalid-utf-8-may-fail-early'],
  },
  {
    servers: ['websockets'],
    cases: ['7.1.5'],
    autobahn: 'FAILED',
    ours: 'pass',
    why: 'The server answers a Close frame between two fragments with Close 1002. Autobahn wants 1000 there; the RFC wants a Close frame, and its code may be another than the one that it answers.',
    cites: ['rfc6455/close-is-answered', 'rfc6455/close-code-may-be-echoed'],
  },
  {
    servers: ['ws'],
    cases: ['9.3.1', '9.4.1'],
    autobahn: 'FAILED',
    ours: 'skip',
    why: 'The server takes 16,384 fragments a message and says so, by Close 1008; here are 65,536. It may have such a limit.',
    cites: ['rfc6455/limits-are-protected'],
  },
  {
    servers: ['ws'],
    cases: ['9.3.2', '9.4.2'],
    autobahn: 'FAILED',
    ours: 'pass',
    why: `${ONE_FRAGMENT_MORE}: 16,385 in all. We send 16,384, as many as the server takes.`,
    cites: ['rfc6455/limits-are-protected'],
  },
  {
    servers: TAKE_4096_FRAGMENTS,
    cases: ['9.3.1', '9.3.2', '9.4.1', '9.4.2'],
    autobahn: 'FAILED',
    ours: 'skip',
    why: 'The server takes 4,096 fragments a message and says so, by Close 1009; here are 65,536 and 16,384. It may have such a limit.',
    cites: ['rfc6455/limits-are-protected'],
  },
  {
    servers: TAKE_4096_FRAGMENTS,
    cases: ['9.3.3', '9.4.3'],
    autobahn: 'FAILED',
    ours: 'pass',
    why: `${ONE_FRAGMENT_MORE}: 4,097 in all. We send 4,096, as many as the server takes.`,
    cites: ['rfc6455/limits-are-protected'],
  },
  {
    servers: ['gorilla'],
    cases: ['13.3.*', '13.5.*'],
    autobahn: 'OK',
    ours: 'skip',
    why: 'Asked for a window of 9 bits, the server accepts without server_max_window_bits, and uses one of 15. It "accepts an extension negotiation offer with this parameter by including" it in its answer, or declines (RFC 7692 §7.1.2.1). Autobahn does not look at the answer; here a case of its own fails for it, and nothing is exchanged on terms that were not agreed on.',
    cites: ['rfc7692/accepted-parameters-are-answered'],
  },
]
