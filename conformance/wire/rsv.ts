/** Reserved bits mean nothing without an extension: RFC 6455 §5.2. */
import type { Case } from '../runner/case.ts'
import { binary, ping, text } from './frames.ts'
import { failureCode, violation, wireCase } from './wire-case.ts'

const fails = ['reserved-bit-fails', 'failure-closes-tcp']
/** Autobahn's cases 3.1 to 3.7, by the bits and by what comes before them. */
const ALONE = new Map([[1, '3.1']])
const AFTER_TEXT = new Map([
  [2, '3.2'],
  [3, '3.3'],
])

// A Close frame is left out: a server that overlooks its bits closes as well, and looks as if it had seen them.
const OTHER_FRAMES = [
  { name: 'binary', frame: binary, rsv: 5, autobahn: '3.5' },
  // Autobahn calls it a ping.
  { name: 'binary', frame: binary, rsv: 6, autobahn: '3.6' },
  { name: 'ping', frame: ping, rsv: 6 },
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
        ...(autobahn ? { autobahn } : {}),
      },
    )
  }),
)

const others = OTHER_FRAMES.map(({ name, frame, rsv, ...alias }) =>
  violation(`wire-rsv/${rsv}-on-${name}-fails`, `A ${name} frame with the reserved bits ${rsv} fails the connection.`, {
    cites: fails,
    ...alias,
    frames: [frame('reserved', { rsv })],
  }),
)

export const RSV: readonly Case[] = [
  ...texts,
  ...others,
  failureCode('wire-rsv/closes-1002', 'A reserved bit is named as the cause.', [1002], {
    cites: ['failure-says-why'],
    frames: [text('reserved', { rsv: 4 })],
  }),
  wireCase(
    'wire-rsv/server-sets-none',
    'The server sets no reserved bit where no extension was negotiated.',
    { cites: ['server-sets-no-reserved-bit'] },
    async (echo) => {
      const client = await echo.connect()
      await client.sends(ping('bits'))
      await client.receivesPong(Buffer.from('bits'))
      await client.exchanges(text('bits'))
    },
  ),
]
