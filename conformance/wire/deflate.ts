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
export async function deflating(
  world: World,
  offers: readonly DeflateOffer[] = [PLAIN],
  name = 'client',
): Promise<Client> {
  const client = await world.connect(name, { deflate: offers })
  if (client.connection.deflate === undefined)
    throw new Skip(`the server accepts no permessage-deflate that is offered as "${offerHeader(...offers)}"`)
  return client
}

interface Exchange {
  readonly section: string
  readonly corpus: Corpus
  readonly offers: readonly DeflateOffer[]
  readonly autobahn: string
}

/** Large messages take a server so long that they go over several connections side by side: no more of them over each. */
const MOST_LARGE = 250

/** How many messages go over each connection. */
function sharesOf(messages: number, size: number): readonly number[] {
  const most = size > 32 * K ? MOST_LARGE : messages
  return Array.from({ length: Math.ceil(messages / most) }, (_, n) => Math.min(most, messages - n * most))
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
        const converse = async (client: Client, messages: number) => {
          for (let m = 0; m < messages; m += 1)
            await client.converses(messageOf(corpus, size, m), { compressed: true, ...fragment })
        }
        const shares = sharesOf(world.terms.messages, size)
        const clients: Client[] = []
        while (clients.length < shares.length)
          clients.push(await deflating(world, offers, `client ${clients.length + 1}`))
        await Promise.all(clients.map((client, n) => converse(client, shares[n] ?? 0)))
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
