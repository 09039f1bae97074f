/** What the broken echo server can have wrong with it. Each is one thing, and how it is seen stands in kills.ts. */

/** In its opening handshake (RFC 6455 §4.2). */
export const OPENING_FAULTS = [
  'takes any method',
  'takes HTTP/1.0',
  'takes HTTP/0.9',
  'needs no Host',
  'takes any Upgrade',
  'takes what begins with websocket for it',
  'needs no Upgrade',
  'needs no token in Connection',
  'takes any key',
  'takes any version',
  'does not name its version',
  'finds upgrade inside other tokens',
  'reads Connection as one word',
  'tells tokens by their case',
  'tells names by their case',
  'needs a blank behind each colon',
  'takes the blanks behind a value for part of it',
  'refuses absolute URIs',
  'refuses unknown fields',
  'reads requests of one segment',
  'answers every key alike',
  'answers as HTTP/1.0',
  'selects any extension',
  'selects a subprotocol of its own',
  'drops what comes with a request',
  'dies of a large field',
] as const

/** In frames that it reads (§5.2, §5.5) and writes. */
const FRAME_FAULTS = [
  'writes every length in 64 bits',
  'masks its frames',
  'sets RSV1 in its frames',
  'answers no ping',
  'answers pings with empty pongs',
  'takes pongs for errors',
  'accepts long control frames',
  'accepts long pongs',
  'ignores reserved bits',
  'ignores reserved bits of pongs',
  'ignores reserved bits of continuations',
  'ignores unknown opcodes',
  'ignores unknown opcodes inside a message',
  'ignores unknown opcodes without FIN',
  'accepts unmasked frames',
  'accepts unmasked frames behind the first',
  'accepts unmasked continuations',
  'accepts unmasked pongs',
  'accepts unmasked Close frames',
  'accepts unmasked frames without payload',
  'accepts long forms of lengths',
  'accepts fragmented control frames',
  'accepts pongs without FIN',
  'ignores the top bit of a length',
  'reads 32 bits of a length',
  'dies of an endless frame',
] as const

/** In messages and their fragments (§5.4), and in what it makes of them. */
const MESSAGE_FAULTS = [
  'echoes no empty message',
  'stops echoing behind 500 messages',
  'cuts messages off at 100 octets',
  'cuts messages off at 65535 octets',
  'cuts messages off at 4 MiB',
  'exchanges two blocks of a long message',
  'keeps no more than 10000 fragments',
  'echoes binary as text',
  'echoes everything twice',
  'sends garbage before each echo',
  'sends the end of a message as a message before',
  'sends a text before each binary echo',
  'sends a stray fragment behind each echo',
  'accepts stray fragments',
  'accepts a message inside another',
  'accepts texts inside binary messages',
  'forgets fragments at a control frame',
  'forgets fragments at a pong',
  'keeps only the last fragment',
  'dies of many fragments',
] as const

/** In what it takes for text (§8.1). */
const TEXT_FAULTS = [
  'does not check UTF-8',
  'checks UTF-8 frame by frame',
  'checks UTF-8 only of whole frames',
  'checks UTF-8 only of whole messages',
  'checks UTF-8 at each ping',
  'does not check UTF-8 at an empty last fragment',
  'checks UTF-8 in binary continuations',
  'checks UTF-8 in binary messages',
  'accepts surrogates',
  'refuses non-characters',
  'refuses U+0000',
  'refuses all but ASCII',
  'greets with text that is not UTF-8',
] as const

/** In how it closes and fails a connection (§7). */
const CLOSE_FAULTS = [
  'ignores Close frames',
  'answers Close frames by closing TCP only',
  'sends Close payloads back unchecked',
  'keeps TCP open behind its Close frame',
  'echoes behind its Close frame',
  'fails with 1000',
  'fails without a Close frame',
  'fails with 1006',
  'answers what it fails for',
  'dies of a violation',
  'answers 429 behind a violation',
] as const

/** In its permessage-deflate (RFC 7692). */
const DEFLATE_FAULTS = [
  'forgets what it inflated',
  'remembers what it deflated',
  'deflates with a window of its own',
  'marks its pongs',
  'takes any mark',
  'ignores other reserved bits',
  'inflates what is not marked',
  'echoes what it cannot inflate',
  'refuses stored blocks',
  'refuses a last block',
  'reads one block',
  'stops at a last block',
  'reads nothing after a last block',
  'leaves the end of a block on',
  'ends with a bare last block',
  'sends no octet of an empty message',
  'refuses empty compressed messages',
  'keeps uncompressed messages in its window',
  'forgets at a ping that a message is compressed',
  'ignores what it cannot inflate behind a right message',
  'does not check UTF-8 of compressed texts',
  'checks UTF-8 of short texts only',
  'sets the window of who did not ask for it',
  'dies of a bomb',
  'accepts wrong offers',
  'accepts offers without a word of them',
] as const

export const FAULTS = [
  ...OPENING_FAULTS,
  ...FRAME_FAULTS,
  ...MESSAGE_FAULTS,
  ...TEXT_FAULTS,
  ...CLOSE_FAULTS,
  ...DEFLATE_FAULTS,
] as const
export type Fault = (typeof FAULTS)[number]

/** What a right server may do. */
export const FREEDOMS = ['greets', 'waits for an answer to the Close frame that it fails with'] as const

/** What a server may do, and what it may not. */
export type Trait = (typeof FREEDOMS)[number] | Fault
export type Has = (trait: Trait) => boolean
