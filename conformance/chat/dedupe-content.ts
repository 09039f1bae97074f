/** When two messages of one client_msg_id have the same content: compared as JSON values, with one default. */
import { expectEqual } from '../actors/expect.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { heardBy, sentOnce, type Variation } from './sent-once.ts'

export const dedupeContent: readonly ChatCase[] = [
  chatCase(
    'dedupe/other-fields-are-conflict',
    async (world) => {
      const sent = await sentOnce(world, { reply_to_message_id: 'r-1', metadata: { n: 1 } })
      world.fits(12, sent.alice.welcome.payload.limits.rate_burst, 'rate_burst')
      const others: Variation[] = [
        { with: { text: 'hello ' } },
        { with: { text: 'Hello' } },
        { with: { content_type: 'text/markdown' } },
        { with: { reply_to_message_id: 'r-2' } },
        { without: ['reply_to_message_id'] },
        { with: { metadata: { n: 2 } } },
        { without: ['metadata'] },
      ]
      for (const other of others) await sent.isConflict(other)
      // A conflict is an error like any other: not remembered, and the first is not forgotten for it.
      await sent.isRepeat()
      await sent.alice.says(sent.room, 'next')
      await sent.alice.hearsText('next')
      expectEqual('seq and text', heardBy(sent.alice), [
        [1, 'hello'],
        [2, 'next'],
      ])
    },
    {
      of: ['dedupe/other-content-is-conflict'],
      title: 'A client_msg_id with another text, content_type, reply_to_message_id or metadata is a conflict.',
    },
  ),

  chatCase(
    'dedupe/added-fields-are-conflict',
    async (world) => {
      const sent = await sentOnce(world)
      // There is one default, and it is not this one.
      await sent.isConflict({ with: { metadata: {} } })
      await sent.isConflict({ with: { reply_to_message_id: 'r-1' } })
      await sent.isConflict({ with: { content_type: 'text/markdown' } })
      await sent.isRepeat()
    },
    {
      of: ['dedupe/other-content-is-conflict'],
      title: 'A client_msg_id with a field that the first one had not, an empty metadata included, is a conflict.',
    },
  ),

  chatCase(
    'dedupe/lookalikes-are-conflict',
    async (world) => {
      const first = { one: 1, zero: 0, list: [1, 2], inner: { a: { b: 'é' } }, large: Number.MAX_SAFE_INTEGER }
      const sent = await sentOnce(world, { metadata: first })
      world.fits(14, sent.alice.welcome.payload.limits.rate_burst, 'rate_burst')
      const others: object[] = [
        { one: true },
        { one: '1' },
        { zero: false },
        { zero: null },
        { zero: '' },
        { list: [2, 1] },
        { list: { 0: 1, 1: 2 } },
        { inner: { a: { b: 'e\u0301' } } },
        { inner: { a: { b: 'é', c: null } } },
        // A float of 32 bits, or a number of fewer digits, cannot tell these two apart.
        { large: Number.MAX_SAFE_INTEGER - 1 },
      ]
      for (const other of others) await sent.isConflict({ with: { metadata: { ...first, ...other } } })
      await sent.isRepeat()
    },
    {
      of: ['dedupe/other-content-is-conflict'],
      title: 'Metadata that some language takes for equal, such as true for 1, is other content.',
    },
  ),

  chatCase(
    'dedupe/other-normal-form-is-conflict',
    async (world) => {
      const sent = await sentOnce(world, { text: 'é' })
      await sent.isConflict({ with: { text: 'e\u0301' } })
      await sent.isRepeat()
    },
    {
      of: ['dedupe/other-content-is-conflict'],
      title: 'A text that differs only in its Unicode normal form is other content.',
    },
  ),

  chatCase('dedupe/absent-content-type-is-plain', async (world) => {
    const sent = await sentOnce(world)
    await sent.isRepeat({ with: { content_type: 'text/plain' } })
    await sent.isRepeat()
    const spelledOut = await sentOnce(world, { client_msg_id: 'm2', content_type: 'text/plain' })
    await spelledOut.isRepeat({ without: ['content_type'] })
    await spelledOut.isConflict({ with: { content_type: 'text/markdown' } })
  }),

  chatCase('dedupe/metadata-is-compared-as-json', async (world) => {
    const metadata = { a: 1, b: { c: [100, { x: 'A/é', y: -0.5 }], d: 2 } }
    const sent = await sentOnce(world, { metadata })
    await sent.isRepeat({ with: { metadata: { b: { d: 2, c: [100, { y: -0.5, x: 'A/é' }] }, a: 1 } } })
    for (const spelled of SPELLINGS) await sent.isRepeat({ spelled })
  }),
]

/** Of the metadata above: other texts of the same values. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['"a":1,', '"a":1.0,'],
  ['"a":1,', ' "a" : 10e-1 , '],
  ['100', '1E+2'],
  ['-0.5', '-5e-1'],
  ['"A/é"', '"\\u0041\\/\\u00e9"'],
  ['"d"', '"\\u0064"'],
]
