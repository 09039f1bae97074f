/** Messages under permessage-deflate: RFC 7692, what was agreed on and what goes by it. */
import { Skip } from '../runner/case.ts'
import { type DeflateOffer, offerHeader } from '../socket/deflate.ts'
import type { Client } from './client.ts'
import { CORPORA, type Corpus, JSON_CORPUS, messageOf } from './corpora.ts'
import { type WireCase, wireCase } from './wire-case.ts'
import type { World } from './world.ts'

const K = 1024

/** Octets of a message, and of a fragment where it has several: the last part of Autobahn's numbers. */
const SHAPES = [
  ...[16, 64, 256, K, 4 * K, 8 * K, 16 * K, 32 * K, 64 * K, 128 * K].map((size) => ({ size })),
  ...[8 * K, 16 * K, 32 * K, 64 * K, 128 * K].map((size) => ({ size, fragment: 256 })),
  ...[K, 4 * K, 32 * K].map((fragment) => ({ size: 128 * K, fragment })),
]

/** What nearly every client offers. */
export const PLAIN: DeflateOffer = { clientMaxWindowBits: 'any' }
const ALONE: DeflateOffer = { ...PLAIN, serverNoContextTakeover: true, clientNoContextTakeover: true }

/** What Autobahn's 13.1 to 13.7 offer, and what each is called. */
const OFFERS: readonly { readonly slug: string; readonly offers: readonly DeflateOffer[] }[] = [
  { slug: 'client-without-context', offers: [{ ...PLAIN, clientNoContextTakeover: true }] },
  { slug: 'without-context', offers: [ALONE] },
  { slug: 'window-of-9', offers: [{ ...PLAIN, serverMaxWindowBits: 9 }] },
  { slug: 'window-of-15', offers: [{ ...PLAIN, serverMaxWindowBits: 15 }] },
  { slug: 'without-context-window-of-9', offers: [{ ...ALONE, serverMaxWindowBits: 9 }] },
  { slug: 'without-context-window-of-15', offers: [{ ...ALONE, serverMaxWindowBits: 15 }] },
  { slug: 'fallbacks', offers: [{ ...ALONE, serverMaxWindowBits: 9 }, ALONE, PLAIN] },
]

/** A client with which permessage-deflate holds. @throws Skip where the server declines it. */
export async function deflating(world: World, ...offers: readonly DeflateOffer[]): Promise<Client> {
  const asked = offers.length === 0 ? [PLAIN] : offers
  const client = await world.connect('client', { deflate: asked })
  if (client.connection.deflate === undefined)
    throw new Skip(`the server accepts no permessage-deflate that is offered as "${offerHeader(...asked)}"`)
  return client
}

interface Exchange {
  readonly section: string
  readonly corpus: Corpus
  readonly offers: readonly DeflateOffer[]
  readonly autobahn: string
}

const exchanges = ({ section, corpus, offers, autobahn }: Exchange) =>
  SHAPES.map(({ size, ...fragment }, n) => {
    const inFragments = 'fragment' in fragment ? `-in-fragments-of-${fragment.fragment}` : ''
    return wireCase(
      `${section}-${size}${inFragments}`,
      `Compressed messages of ${size} octets${inFragments.replaceAll('-', ' ')} (${corpus.name}) come back as they are.`,
      {
        cites: ['rfc7692/compressed-messages-are-read', 'rfc7692/server-keeps-the-terms'],
        autobahn: `${autobahn}.${n + 1}`,
        slow: size > 32 * K,
      },
      async (world) => {
        const client = await deflating(world, ...offers)
        for (let m = 0; m < world.terms.messages; m += 1)
          await client.converses(messageOf(corpus, size, m), { compressed: true, ...fragment })
      },
    )
  })

export const DEFLATE: readonly WireCase[] = [
  ...CORPORA.flatMap((corpus, n) =>
    exchanges({ section: `deflate-corpora/${corpus.name}`, corpus, offers: [PLAIN], autobahn: `12.${n + 1}` }),
  ),
  ...OFFERS.flatMap(({ slug, offers }, n) =>
    exchanges({ section: `deflate-offers/${slug}`, corpus: JSON_CORPUS, offers, autobahn: `13.${n + 1}` }),
  ),
]
