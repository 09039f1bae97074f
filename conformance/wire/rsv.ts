/** Reserved bits mean nothing without an extension: RFC 6455 §5.2. */
import { binary, close, continuation, more, ping, pong, text } from './frames.ts'
import { failureCode, refusedClose, violation, type WireCase, wireCase } from './wire-case.ts'

const fails = ['reserved-bit-fails', 'failure-closes-tcp']
/** Autobahn's cases 3.1 to 3.7, by the bits and by what comes before them. */
const ALONE = new Map([[1, '3.1']])
const AFTER_TEXT = new Map([
  [2, '3.2'],
  [3, '3.3'],
  [4, '3.4'],
])

const OTHER_FRAMES = [
  { name: 'binary', frame: binary, rsv: 5, autobahn: '3.5' },
  // Autobahn calls it a ping.
  { name: 'binary', frame: binary, rsv: 6, autobahn: '3.6' },
  { name: 'ping', frame: ping, rsv: 6 },
  { name: 'pong', frame: pong, rsv: 4 },
  { name: 'continuation', frame: continuation, rsv: 4, behind: text('fragment', more) },
]

const texts = [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) =>
  [false, true].map((afterText) => {
    const autobahn = (afterText ? AFTER_TEXT : ALONE).get(rsv)
    return violation(
      `wire-rsv/${rsv}-${afterText ? 'after-valid-text' : 'alone'}-fails`,
      `A text frame with the reserved bits ${rsv} fails the connection${afterText ? ', after a valid message too' : ''}.`,
      {
        cites: fails,
        ...(afterText ? { afterText: ['valid'] } : {}),
        frames: [text('reserved', { rsv })],
        // Autobahn's 3.4 comes octet by octet.
        ...(afterText && rsv === 4 ? { chop: 1 } : {}),
        ...(autobahn ? { autobahn } : {}),
      },
    )
  }),
)

const others = OTHER_FRAMES.map(({ name, frame, rsv, behind, ...alias }) =>
  violation(`wire-rsv/${rsv}-on-${name}-fails`, `A ${name} frame with the reserved bits ${rsv} fails the connection.`, {
    cites: fails,
    ...alias,
    frames: [...(behind ? [behind] : []), frame('reserved', { rsv })],
  }),
)

export const RSV: readonly WireCase[] = [
  ...texts,
  ...others,
  // A server that overlooks the bits closes as well, but with the code that it was sent.
  refusedClose(
    'wire-rsv/7-on-close-fails',
    'A Close frame with the reserved bits 7 fails the connection, and its code is not answered.',
    { cites: fails, autobahn: '3.7', frame: { ...close(3999), rsv: 7 }, code: 3999 },
  ),
  failureCode('wire-rsv/closes-1002', 'A reserved bit is named as the cause.', [1002], {
    cites: ['failure-says-why'],
    frames: [text('reserved', { rsv: 4 })],
  }),
  wireCase(
    'wire-rsv/server-sets-none',
    'The server sets no reserved bit where no extension was negotiated.',
    { cites: ['server-sets-no-reserved-bit'] },
    async (world) => {
      const client = await world.connect()
      await client.sends(ping('bits'))
      await client.receivesPong(Buffer.from('bits'))
      await client.exchanges(text('bits'))
    },
  ),
]
