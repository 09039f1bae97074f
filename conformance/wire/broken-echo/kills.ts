/** Which cases of the wire and deflate packs each fault of the broken echo server must fail; all others must not. */
import type { Fault } from './faults.ts'

const pings =
  /^wire-ping\/(?!of-126|unsolicited)|pings?-between|server-sets-none|server-does-not-mask|frame-behind|server-marks-first/
const violations = /^(?!wire-opening).*(-fails?|closes-100\d|-is-refused)$/
const early = /^wire-utf8\/invalid-fails-/
const wrongCloses = /^wire-close\/(invalid-code-\d|half-a-code$|reason-not-utf-8$|code-5000|code-65535)/
/** All but those in which the server sends no frame. */
const all = /^(?!wire-opening\/(accept-of|unknown-ext|other-version))/
/** All that receive a message, if only on a second connection. */
const receiving =
  /^(?!wire-close|wire-utf8\/invalid-fails|wire-opening\/(accept-of|unknown-ext|other-version))|^wire-close\/(after-an-echo|invalid-code|half-a-code|reason-(not|of-124)|code-5000|code-65535|behind|tcp)/

/** What is exchanged under compression, in messages of sizes such as these. */
const exchanges = (sizes: string) => new RegExp(`^deflate-(corpora|offers)/.*-${sizes}(-in-fragments-of-\\d+)?$`)
/** All that receive a message that the server may compress. */
const deflated = /^deflate-(corpora|offers)|^deflate-messages\/(?!.*-fails$|bomb)|wrong-behind-right/
const binaries = /^deflate-corpora\/(picture|prose|document)-/

export const KILLS: Readonly<Record<Fault, readonly RegExp[]>> = {
  'takes any method': [/opening\/post/],
  'takes HTTP/1.0': [/http-1-0/],
  'takes HTTP/0.9': [/http-0-9/],
  'needs no Host': [/no-host/],
  'takes any Upgrade': [/other-upgrade/],
  'takes what begins with websocket for it': [/other-upgrade-that/],
  'needs no Upgrade': [/no-upgrade/],
  'needs no token in Connection': [/no-connection|connection-without/],
  'takes any key': [/opening\/.*-?key/],
  'takes any version': [/version/],
  'does not name its version': [/other-version/],
  'finds upgrade inside other tokens': [/connection-without-the-word/],
  'reads Connection as one word': [/connection-is-a-list/],
  'tells tokens by their case': [/-in-lower-case|upgrade-in-upper-case/],
  'tells names by their case': [/names-in-upper-case/],
  'needs a blank behind each colon': [/no-blanks/],
  'takes the blanks behind a value for part of it': [/many-blanks/],
  'refuses absolute URIs': [/absolute-uri/],
  'refuses unknown fields': [/unknown-field/],
  'reads requests of one segment': [/opening\/(octet-by-octet|in-pieces)/],
  'answers every key alike': [/^(?!wire-opening\/(unknown-ext|other-version))/],
  'answers as HTTP/1.0': [/answer-names/],
  'selects any extension': [/unknown-extension/, /^deflate-(messages|offers.*(?<!bare.*)-(answered|named|declined)$)/],
  'selects a subprotocol of its own': [/subprotocols/],
  'drops what comes with a request': [/frame-behind/],
  'dies of a large field': [/oversized/],

  'writes every length in 64 bits': [all],
  'masks its frames': [all],
  'sets RSV1 in its frames': [
    new RegExp(`^(?!deflate)(${all.source})`),
    // The others exchange messages that are marked anyhow.
    /^deflate-messages\/(?!stored|in-|uncompressed|behind-a|after-a|empty|server-ends)|-is-declined$/,
  ],
  'answers no ping': [pings],
  'answers pings with empty pongs': [new RegExp(`^(?!wire-ping/without-payload).*(${pings.source})`)],
  'takes pongs for errors': [/^wire-ping\/.*unsolicited/, /pong-between/],
  'accepts long control frames': [/^wire-ping\/of-126/, /reason-of-124/],
  'accepts long pongs': [/of-126-octets-as-pong/],
  'ignores reserved bits': [/^wire-rsv\/(?!server)/],
  'ignores reserved bits of pongs': [/on-pong/],
  'ignores reserved bits of continuations': [/on-continuation/],
  'ignores unknown opcodes': [/^wire-opcodes/],
  'ignores unknown opcodes inside a message': [/^wire-opcodes.*-inside/],
  'ignores unknown opcodes without FIN': [/^wire-opcodes.*-unfinished/],
  'accepts unmasked frames': [/^wire-masking\/unmasked(?!-close-fails)/],
  'accepts unmasked frames behind the first': [/unmasked-(continuation|text-behind)/],
  'accepts unmasked continuations': [/unmasked-continuation/],
  'accepts unmasked pongs': [/unmasked-pong/],
  'accepts unmasked Close frames': [/unmasked-close-is-refused/],
  'accepts unmasked frames without payload': [/unmasked-text-without/],
  'accepts long forms of lengths': [/^wire-masking\/length/],
  'accepts fragmented control frames': [/(fragmented|unfinished)-p[io]ng/],
  'accepts pongs without FIN': [/unfinished-pong/],
  'ignores the top bit of a length': [/top-bit-of-a-length-fails/],
  'reads 32 bits of a length': [/top-bit/],
  'dies of an endless frame': [/endless-frame/, /top-bit/],

  'echoes no empty message': [/-of-0-octets$/, /only-empty-fragments/, /^deflate-messages\/empty/],
  'stops echoing behind 500 messages': [/round-trips/],
  'cuts messages off at 100 octets': [
    /^wire-echo\/(?!.*-of-0-octets)/,
    /behind-a-large/,
    /^wire-volume\/(?!.*-of-(0|16|64)-octets)/,
    exchanges('(?!(16|64)$)\\d+'),
    /server-(marks-first|ends)|window-of-8-is-kept/,
  ],
  'cuts messages off at 65535 octets': [
    /-of-65536-octets/,
    /-in-chops/,
    /server-sends-shortest-length/,
    /behind-a-large/,
    /^wire-volume\/(?!round)/,
    exchanges('(65536|131072)'),
  ],
  'cuts messages off at 4 MiB': [/^wire-volume\/.*-of-(8|16)m$/],
  'exchanges two blocks of a long message': [
    /behind-a-large/,
    /^wire-volume\/(?!round|(text|binary)-of-64k$|.*-1300-)/,
  ],
  'keeps no more than 10000 fragments': [/^wire-volume\/.*-in-fragments-of-(64|256)$/],
  'echoes binary as text': [
    /^wire-echo\/(binary|server)/,
    /binary-in-two/,
    /binary-may-be-anything/,
    /^wire-volume\/.*binary/,
    binaries,
  ],
  'echoes everything twice': [receiving],
  'sends garbage before each echo': [new RegExp(`^(?!wire-close/(after-an-echo|tcp))(${receiving.source})`)],
  'sends the end of a message as a message before': [
    /^wire-fragmentation\/(text-in-two|binary-in-two|empty-first|pong-between)/,
    /^wire-utf8\/(valid|binary)-.*(cut|fragments)/,
    /-in-fragments-of-1300-octets/,
  ],
  'sends a text before each binary echo': [
    /^wire-echo\/(binary|server)/,
    /binary-in-two/,
    /binary-may-be-anything/,
    /^wire-volume\/round-trips-of-binary/,
    binaries,
  ],
  'sends a stray fragment behind each echo': [receiving],
  'accepts stray fragments': [/stray-/, /fragment-after-the-last/],
  'accepts a message inside another': [/-inside-(text|binary)-/, /interleaving/],
  'accepts texts inside binary messages': [/text-inside-binary/],
  'forgets fragments at a control frame': [/pings?-between/, /by-a-ping/],
  'forgets fragments at a pong': [/pong-between/],
  'keeps only the last fragment': [
    /^wire-fragmentation\/(text-in-two|binary-in-two|empty-first|pings|pong-between|fragment-after)/,
    /^wire-utf8\/((valid|binary)-.*(cut|fragments)|cut-short-before)/,
    /^wire-volume\/.*-in-fragments(?!-of-4m)/,
    /^deflate-messages\/(in-fragments|ping-between)/,
  ],
  'dies of many fragments': [/empty-fragments-harm/],

  'does not check UTF-8': [/^wire-utf8\/(?!valid|binary)/, /^wire-utf8-stress.*-fails$/, /not-utf-8-fails$/],
  'checks UTF-8 frame by frame': [/^wire-utf8\/valid-(cut-inside|.*fragments)/],
  'checks UTF-8 only of whole frames': [/^wire-utf8\/invalid-fails-.*-of-a-frame/],
  'checks UTF-8 only of whole messages': [early],
  'checks UTF-8 at each ping': [/by-a-ping/, /^deflate.*ping-between/],
  'does not check UTF-8 at an empty last fragment': [/empty-last-fragment-fails/],
  'checks UTF-8 in binary continuations': [/anything-in-fragments/],
  'checks UTF-8 in binary messages': [/binary-may-be-anything/, /^deflate-corpora\/picture/],
  'accepts surrogates': [/surrogate/, /invalid-closes-1007/, early],
  'refuses non-characters': [/valid-non-character/, /stress.*-efbfbe$/],
  'refuses U+0000': [/valid-null/, /stress.*-00$/],
  'refuses all but ASCII': [
    /^wire-utf8\/valid-(?!null)/,
    /^wire-utf8-stress\/(?!.*-(fails|00|7f|68656c6c6f24776f726c64)$)/,
  ],
  'greets with text that is not UTF-8': [all],

  'ignores Close frames': [/^wire-close\/(?!reason-of-124)/],
  'answers Close frames by closing TCP only': [
    /^wire-close\/(?!invalid-code-\d|half-a-code$|reason-not-utf-8$|reason-of-124|code-5000|code-65535)/,
  ],
  'sends Close payloads back unchecked': [wrongCloses, /^wire-close.*-closes-100\d$/],
  'keeps TCP open behind its Close frame': [violations, /^wire-close/],
  'echoes behind its Close frame': [
    /wire-close\/(text-behind|inside-a-message)/,
    /wire-fragmentation\/(stray-.*-fails?$|fragment-after|fragmented-)/,
    /surrogate-in-fragments/,
    /^wire-opcodes.*-inside/,
  ],
  'fails with 1000': [/closes-100\d$/],
  'fails without a Close frame': [/closes-100\d$/],
  'fails with 1006': [violations, wrongCloses, early],
  'answers what it fails for': [
    /^(?!wire-close\/.*-closes|wire-opening|wire-limits).*(-fails?|closes-100\d|-is-refused)$/,
    /^wire-utf8\/invalid-fails-(in-its-fragment|at-its-octet)$/,
  ],
  'dies of a violation': [violations, wrongCloses, /endless-frame|bomb|behind-a-top-bit/],
  'answers 429 behind a violation': [violations, wrongCloses, /endless-frame|bomb|behind-a-top-bit/],

  'forgets what it inflated': [/^deflate-corpora\/(json|html)-4096$/],
  'remembers what it deflated': [/s\/without-context-(window-of-15-)?4096$/],
  'deflates with a window of its own': [/(window-of-9|fallbacks)-(4096|8192)$/, /window-of-8-is-kept/],
  'marks its pongs': [pings, /by-a-ping$/],
  'takes any mark': [/marked-/],
  'ignores other reserved bits': [/deflate.*rsv[23]-fails/],
  'inflates what is not marked': [/uncompressed-between/],
  'echoes what it cannot inflate': [
    /^deflate.*(no-block-type|cut-short|wrong-length|beyond-its-window|behind-right)-fails/,
  ],
  'refuses stored blocks': [/stored$/],
  'refuses a last block': [/a-last-block/],
  'reads one block': [/in-blocks/],
  'stops at a last block': [/behind-a-last-block/],
  'reads nothing after a last block': [/after-a-last-block/],
  'leaves the end of a block on': [deflated],
  'ends with a bare last block': [deflated],
  'sends no octet of an empty message': [/^deflate-messages\/empty/],
  'refuses empty compressed messages': [/^deflate-messages\/empty/],
  'keeps uncompressed messages in its window': [/uncompressed-between/],
  'forgets at a ping that a message is compressed': [/^deflate-messages\/ping-between/],
  'ignores what it cannot inflate behind a right message': [/wrong-behind-right/],
  'does not check UTF-8 of compressed texts': [/^deflate.*not-utf-8-fails/],
  'checks UTF-8 of short texts only': [/^deflate.*long-not-utf-8-fails/],
  'sets the window of who did not ask for it': [/\/bare-.*-answered/],
  'dies of a bomb': [/bomb/],
  'accepts wrong offers': [/is-declined/],
  'accepts offers without a word of them': [
    /\/((bare-)?without-context(-window-of-\d+)?|window-of-[89])-is-answered|is-named/,
  ],
}

/** Of these it depends on the octets, and on what zlib makes of them, which messages they spoil. */
export const MAY_KILL: Partial<Record<Fault, RegExp>> = {
  'forgets what it inflated': new RegExp(
    `${exchanges('\\d+').source}|uncompressed-between|after-a-last|empty|server-ends|is-kept`,
  ),
  'remembers what it deflated': /^deflate-offers\/(without-context|fallbacks)/,
  'deflates with a window of its own': /^deflate-offers\/(.*window-of-9|fallbacks)-\d/,
  'checks UTF-8 in binary messages': binaries,
  // What shrinks to less than a fragment is one.
  'keeps only the last fragment': /^deflate-(corpora|offers)\/.*-in-fragments/,
  // What hardly shrinks is stored.
  'refuses stored blocks': /(picture|document)-\d/,
  'inflates what is not marked': /^deflate/,
}

/** Where the answer to an offer is wrong, no message is exchanged. */
export const SKIPS: Partial<Record<Fault, RegExp>> = {
  'selects any extension': new RegExp(`${exchanges('\\d+').source}|window-of-8-is-kept`),
  'accepts offers without a word of them': /^deflate-offers\/(without-context|window-of-[89])-(?!.*is-answered)/,
}

/** What these do is seen in what they send, not in what they leave out. */
export const PROMPT: readonly Fault[] = [
  ...(['masks its frames', 'sets RSV1 in its frames', 'writes every length in 64 bits'] as const),
  ...(['answers what it fails for', 'fails with 1000', 'fails with 1006', 'answers 429 behind a violation'] as const),
  ...(['echoes everything twice', 'sends garbage before each echo', 'sends a text before each binary echo'] as const),
  ...(['sends the end of a message as a message before', 'sends a stray fragment behind each echo'] as const),
  'greets with text that is not UTF-8',
]

/** One violation is enough for these, so that each case needs a server of its own. */
export const isSpoilt = (fault: Fault): boolean =>
  fault.startsWith('dies of ') || fault === 'answers 429 behind a violation'
