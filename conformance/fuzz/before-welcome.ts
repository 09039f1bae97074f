/** What a client sends that was never welcomed: texts in the place of `hello`, and floods before it. */
import fc from 'fast-check'
import { PROFILES } from '../../schemas/generated/tables.ts'
import { describeEnd } from '../actors/actor.ts'
import { expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { OPCODE } from '../socket/frame.ts'
import { depthOf, read } from './reading.ts'
import { fill, validText, wrongText } from './texts.ts'
import { faultOf, WIRE_FAULTS, type WireFault } from './wire-faults.ts'

export type Beginning =
  | { readonly sends: 'text'; readonly text: string }
  | { readonly sends: 'fault'; readonly fault: WireFault }
  | {
      readonly sends: 'flood'
      readonly of: 'empty fragments' | 'pings' | 'texts' | 'an endless frame'
      readonly count: number
    }

/** A `hello` that says too little, or something else than it may. */
const wrongHello = fc
  .constantFrom(
    ...[
      '{}',
      'null',
      '[]',
      '{"client":{}}',
      '{"client":{"name":"a"}}',
      '{"client":null}',
      '{"client":{"name":1,"version":"1"}}',
    ],
    ...['{"client":{"name":"a","version":"1"},"token":null}', '{"client":{"name":"a","version":"1"},"session":"s"}'],
  )
  .map((payload) => `{"type":"hello","id":"%id%","payload":${payload}}`)

export const beginnings: fc.Arbitrary<Beginning> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ sends: fc.constant('text' as const), text: fc.oneof(validText, wrongText, wrongHello) }),
  },
  { weight: 2, arbitrary: fc.record({ sends: fc.constant('fault' as const), fault: fc.constantFrom(...WIRE_FAULTS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      sends: fc.constant('flood' as const),
      of: fc.constantFrom('empty fragments' as const, 'pings' as const, 'texts' as const, 'an endless frame' as const),
      count: fc.integer({ min: 1, max: 2000 }),
    }),
  },
)

/** There is no `welcome` that tells the limits; beyond these, those of the smaller profile, a choice of codes is right. */
const SUPPOSED = { ...PROFILES.test, max_json_depth: 14 }
const CODES = [1002, 1003, 1007, 1009, 4000, 4100, 4202]

/** Which codes a first text may earn. */
function codesFor(text: string): readonly number[] {
  const { message, outcomes, type } = read(text, SUPPOSED)
  if (depthOf(text) > SUPPOSED.max_json_depth || outcomes.includes('close 1009') || outcomes.includes('end'))
    return CODES
  if (type === undefined) return [4000]
  // It brings no credential.
  if (type === 'hello') return message === undefined ? [4000] : [4000, 4100]
  return outcomes.includes('close 4000') ? [4000, 4100] : [4100]
}

/** Whatever comes first and is no good `hello` ends the connection, unless the server still waits for the rest of it. */
export async function playBeginning(world: World, beginning: Beginning): Promise<void> {
  const actor = await world.upgrade('mallory', { credential: 'none' })
  const { connection } = actor
  const names = {
    id: 'm1',
    room: (n: string) => world.room(`r${n}`),
    epoch: () => 'none',
    head: () => 1,
    maxBytes: SUPPOSED.max_message_bytes,
  }
  const text = beginning.sends === 'text' ? fill(beginning.text, names) : ''
  const codes = beginning.sends === 'text' ? codesFor(text) : CODES
  if (beginning.sends === 'text') connection.text(text)
  else if (beginning.sends === 'fault') await faultOf(beginning.fault).send(connection, PING)
  else await flood(world, actor.connection, beginning)
  if (beginning.sends === 'flood') {
    connection.destroy()
    return
  }
  const end = await connection.end(world.stage.patience)
  expectTrue('the connection to end', end !== 'timeout', 'an open connection')
  expectTrue('no welcome without a credential', actor.seen('welcome').length === 0, 'a welcome')
  if (end === 'timeout' || end.code === undefined) return
  expectTrue(`close ${codes.join(' or ')}`, codes.includes(end.code), describeEnd(end))
}

const PING = '{"type":"ping","id":"m1","payload":{}}'

async function flood(
  world: World,
  connection: Awaited<ReturnType<World['connect']>>['connection'],
  { of, count }: Extract<Beginning, { sends: 'flood' }>,
) {
  const writes: unknown[] = []
  if (of === 'empty fragments') writes.push(connection.send({ opcode: OPCODE.text, fin: false }))
  // A frame that announces 2 GiB, of which some octets come.
  if (of === 'an endless frame')
    writes.push(connection.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0])))
  for (let n = 0; n < count && connection.ended === undefined; n += 1) {
    if (of === 'empty fragments') writes.push(connection.send({ opcode: OPCODE.continuation, fin: false }))
    else if (of === 'pings') writes.push(connection.ping('flood'))
    else if (of === 'texts') writes.push(connection.text(PING))
    else writes.push(connection.write(Buffer.alloc(1000)))
  }
  await Promise.race([Promise.all(writes), connection.end(world.stage.patience)])
}
