/** Messages under permessage-deflate: RFC 7692, what was agreed on and what goes by it. */
import { Finding, Skip } from '../runner/case.ts'
import { agreed, type DeflateOffer, offerHeader } from '../socket/deflate.ts'
import type { Client } from './client.ts'
import { CORPORA, type Corpus, JSON_CORPUS, messageOf } from './corpora.ts'
import { repeated } from './repeated.ts'
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

interface Offered {
  readonly slug: string
  /** The first preferred. */
  readonly offers: readonly DeflateOffer[]
}

/** What Autobahn's 13.1 to 13.7 offer, and what each is called. */
const OFFERS: readonly Offered[] = [
  { slug: 'client-without-context', offers: [{ ...PLAIN, clientNoContextTakeover: true }] },
  { slug: 'without-context', offers: [ALONE] },
  { slug: 'window-of-9', offers: [{ ...PLAIN, serverMaxWindowBits: 9 }] },
  { slug: 'window-of-15', offers: [{ ...PLAIN, serverMaxWindowBits: 15 }] },
  { slug: 'without-context-window-of-9', offers: [{ ...ALONE, serverMaxWindowBits: 9 }] },
  { slug: 'without-context-window-of-15', offers: [{ ...ALONE, serverMaxWindowBits: 15 }] },
  { slug: 'fallbacks', offers: [{ ...ALONE, serverMaxWindowBits: 9 }, ALONE, PLAIN] },
]

/** What is offered in so many exchanges is judged in a case of its own. */
const isAnswered = (slug: string) => `deflate-offers/${slug}-is-answered`
const PLAIN_OFFER = { slug: 'plain', offers: [PLAIN] }

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

/** @throws Skip where the server accepts the offers in a way that is none: that fails the case in which they are answered. */
async function isRightlyAnswered(world: World, { slug, offers }: Offered): Promise<void> {
  const connection = await world.knock('offering', { deflate: offers })
  connection.destroy()
  const terms = agreed(connection.response.headers.get('sec-websocket-extensions'), ...offers)
  if (typeof terms === 'string') throw new Skip(`the server accepts the offer wrongly: see ${isAnswered(slug)}`)
}

interface Exchange {
  readonly section: string
  readonly corpus: Corpus
  readonly offered: Offered
  readonly autobahn: string
}

/** Large messages take a server so long that they go over several connections side by side: no more of them over each. */
const MOST_LARGE = 250

/** How many messages go over each connection. */
function sharesOf(messages: number, size: number): readonly number[] {
  const most = size > 32 * K ? MOST_LARGE : messages
  return Array.from({ length: Math.ceil(messages / most) }, (_, n) => Math.min(most, messages - n * most))
}

const exchanges = ({ section, corpus, offered, autobahn }: Exchange) =>
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
        const converse = (client: Client, messages: number) =>
          repeated(messages, (m) => client.converses(messageOf(corpus, size, m), { compressed: true, ...fragment }))
        await isRightlyAnswered(world, offered)
        const shares = sharesOf(world.terms.messages, size)
        const clients: Client[] = []
        while (clients.length < shares.length)
          clients.push(await deflating(world, offered.offers, `client ${clients.length + 1}`))
        await Promise.all(clients.map((client, n) => converse(client, shares[n] ?? 0)))
      },
    )
  })

const WINDOW_OF_8 = { slug: 'window-of-8', offers: [{ ...PLAIN, serverMaxWindowBits: 8 }] }
/** Whoever offers these cannot be told the size of its window. */
const WITHOUT_CLIENT_WINDOW: readonly Offered[] = [
  { slug: 'bare', offers: [{}] },
  { slug: 'bare-without-context', offers: [{ serverNoContextTakeover: true }] },
]

const answered =
  (...cites: readonly string[]) =>
  (offered: Offered) =>
    wireCase(
      isAnswered(offered.slug),
      `The server declines "${offerHeader(...offered.offers)}", or accepts it with what that asks for.`,
      { cites: cites.map((cite) => `rfc7692/${cite}`) },
      async (world) => {
        await deflating(world, offered.offers)
      },
    )

const windowOf8 = wireCase(
  'deflate-offers/window-of-8-is-kept',
  'The server that accepts server_max_window_bits=8 refers to nothing before the last 256 octets.',
  { cites: ['rfc7692/server-keeps-the-terms'] },
  async (world) => {
    await isRightlyAnswered(world, WINDOW_OF_8)
    const client = await deflating(world, WINDOW_OF_8.offers)
    for (const n of [0, 1, 2]) await client.converses(messageOf(JSON_CORPUS, 4 * K, n), { compressed: true })
  },
)

const named = wireCase(
  'deflate-offers/window-of-15-is-named',
  'The server that accepts server_max_window_bits=15 says so.',
  { cites: ['rfc7692/window-of-15-may-go-unnamed'] },
  async (world) => {
    const { connection } = await deflating(world, [{ ...PLAIN, serverMaxWindowBits: 15 }])
    const answer = connection.response.headers.get('sec-websocket-extensions') ?? ''
    if (!answer.includes('server_max_window_bits'))
      throw new Finding('server_max_window_bits in the answer', JSON.stringify(answer))
  },
)

export const DEFLATE: readonly WireCase[] = [
  ...[PLAIN_OFFER, ...OFFERS, WINDOW_OF_8].map(answered('accepted-parameters-are-answered')),
  ...WITHOUT_CLIENT_WINDOW.map(answered('client-window-is-asked-for', 'accepted-parameters-are-answered')),
  named,
  windowOf8,
  ...CORPORA.flatMap((corpus, n) =>
    exchanges({ section: `deflate-corpora/${corpus.name}`, corpus, offered: PLAIN_OFFER, autobahn: `12.${n + 1}` }),
  ),
  ...OFFERS.flatMap((offered, n) =>
    exchanges({ section: `deflate-offers/${offered.slug}`, corpus: JSON_CORPUS, offered, autobahn: `13.${n + 1}` }),
  ),
]
