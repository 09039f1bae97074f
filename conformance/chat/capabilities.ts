/** What a target declares of itself, held against what it serves. */
import type { Capabilities } from '../../schemas/target.ts'
import { World } from '../actors/world.ts'
import { type Case, Finding } from '../runner/case.ts'

/** What a client can see of a capability: whether the server offers it at all. */
interface Capability {
  readonly name: 'control' | 'deflate'
  readonly what: string
  readonly isServed: (world: World) => Promise<boolean>
}

const CAPABILITIES: readonly Capability[] = [
  {
    name: 'control',
    what: 'the control paths',
    // Without a token nothing happens: "with 404" where there are none, "with 401" where there are.
    isServed: async (world) => (await world.control('notify', {}, null)).status === 401,
  },
  {
    name: 'deflate',
    what: 'permessage-deflate',
    isServed: async (world) => {
      const offer = ['Sec-WebSocket-Extensions', 'permessage-deflate'] as const
      const { connection } = await world.connect('alice', { headers: [offer] })
      return /permessage-deflate/i.test(connection.response.headers.get('sec-websocket-extensions') ?? '')
    },
  },
]

/** One case a capability: what is declared MUST be served, and what is served SHOULD be declared. */
export function capabilityCases(declared: Capabilities): readonly Case[] {
  return CAPABILITIES.map((one) => (declared[one.name] === true ? isServed(one) : isDeclared(one)))
}

function isServed({ name, what, isServed }: Capability): Case {
  return {
    id: `capabilities/${name}-is-served`,
    pack: 'chat',
    title: `What the target file declares is served: ${what}.`,
    requirements: [],
    level: 'must',
    run: async (stage) => {
      if (!(await isServed(new World(stage)))) throw new Finding(`${what}, which the target file declares`, 'none')
    },
  }
}

function isDeclared({ name, what, isServed }: Capability): Case {
  return {
    id: `capabilities/${name}-is-declared`,
    pack: 'chat',
    title: `What is served is declared in the target file: ${what}.`,
    requirements: [],
    level: 'should',
    run: async (stage) => {
      if (await isServed(new World(stage)))
        throw new Finding(`no ${what}, which the target file does not declare`, `${what}, untested for that`)
    },
  }
}
