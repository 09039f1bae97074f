/** Who masks, and how long a length field is: RFC 6455 §5.1 to §5.3. */

import { binary, ping, text } from './frames.ts'
import { filler } from './voice.ts'
import { failureCode, violation, type WireCase, wireCase } from './wire-case.ts'

const UNMASKED = { mask: null } as const

const FRAMES = [
  { name: 'text', frame: text('unmasked', UNMASKED) },
  { name: 'binary', frame: binary('unmasked', UNMASKED) },
  { name: 'ping', frame: ping('unmasked', UNMASKED) },
]

const LONGER = [
  { slug: '16-bits-for-60-octets', frame: text(filler(60), { lengthForm: 16 }) },
  { slug: '64-bits-for-60-octets', frame: text(filler(60), { lengthForm: 64 }) },
  { slug: '64-bits-for-126-octets', frame: text(filler(126), { lengthForm: 64 }) },
]

export const MASKING: readonly WireCase[] = [
  ...FRAMES.map(({ name, frame }) =>
    violation(`wire-masking/unmasked-${name}-fails`, `A ${name} frame that is not masked fails the connection.`, {
      cites: ['unmasked-frame-closes'],
      frames: [frame],
    }),
  ),
  failureCode('wire-masking/unmasked-closes-1002', 'A frame that is not masked is named as the cause.', [1002], {
    cites: ['unmasked-frame-is-closed-with-1002'],
    frames: [text('unmasked', UNMASKED)],
  }),
  wireCase(
    'wire-masking/server-does-not-mask',
    'The server masks no frame.',
    { cites: ['server-does-not-mask'] },
    async (world) => {
      const client = await world.connect()
      await client.sends(ping('mask'))
      await client.receivesPong(Buffer.from('mask'))
      await client.exchanges(text('mask'))
    },
  ),
  // The RFC forbids a longer form to the sender and says nothing of the receiver, so that to accept it is a notice.
  ...LONGER.map(({ slug, frame }) =>
    wireCase(
      `wire-masking/length-of-${slug}-is-refused`,
      'A length in a longer form than it needs is refused.',
      { cites: ['longer-length-may-be-refused'] },
      async (world) => {
        const client = await world.connect()
        await client.sends(frame)
        await client.isFailedFor([frame])
        await world.stillServes()
      },
    ),
  ),
]
