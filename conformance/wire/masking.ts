/** Who masks, and how long a length field is: RFC 6455 §5.1 to §5.3. */
import { binary, close, continuation, more, ping, pong, text } from './frames.ts'
import { filler } from './voice.ts'
import { failureCode, refusedClose, violation, type WireCase, wireCase } from './wire-case.ts'

const UNMASKED = { mask: null } as const

const UNMASKED_CLOSE = { frame: { ...close(3999), ...UNMASKED }, code: 3999 }

const FRAMES = [
  { slug: 'text', what: 'text frame', frames: [text('unmasked', UNMASKED)] },
  { slug: 'binary', what: 'binary frame', frames: [binary('unmasked', UNMASKED)] },
  { slug: 'ping', what: 'ping frame', frames: [ping('unmasked', UNMASKED)] },
  { slug: 'pong', what: 'pong frame', frames: [pong('unmasked', UNMASKED)] },
  { slug: 'text-without-payload', what: 'text frame without payload', frames: [text('', UNMASKED)] },
  {
    slug: 'text-behind-a-masked-one',
    what: 'text frame behind a masked one',
    afterText: ['masked'],
    frames: [text('unmasked', UNMASKED)],
  },
  {
    slug: 'continuation',
    what: 'continuation of a masked frame',
    frames: [text('masked', more), continuation('unmasked', UNMASKED)],
  },
]

const LONGER = [
  { slug: '16-bits-for-60-octets', frame: text(filler(60), { lengthForm: 16 }) },
  { slug: '64-bits-for-60-octets', frame: text(filler(60), { lengthForm: 64 }) },
  { slug: '64-bits-for-126-octets', frame: text(filler(126), { lengthForm: 64 }) },
]

export const MASKING: readonly WireCase[] = [
  ...FRAMES.map(({ slug, what, ...frames }) =>
    violation(`wire-masking/unmasked-${slug}-fails`, `A ${what} that is not masked fails the connection.`, {
      cites: ['unmasked-frame-closes'],
      ...frames,
    }),
  ),
  wireCase(
    'wire-masking/unmasked-close-fails',
    'A Close frame that is not masked ends the connection.',
    { cites: ['unmasked-frame-closes'] },
    async (world) => {
      const client = await world.connect()
      await client.sends(UNMASKED_CLOSE.frame)
      await client.isClosedOrFailed({ breaks: 'rfc6455/unmasked-frame-closes' })
      await world.stillServes()
    },
  ),
  // To answer it closes the connection as well, which is all that §5.1 asks for, so that it is a notice.
  refusedClose(
    'wire-masking/unmasked-close-is-refused',
    'A Close frame that is not masked ends the connection, and its code is not answered.',
    { cites: ['unmasked-frame-is-closed-with-1002'], ...UNMASKED_CLOSE },
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
