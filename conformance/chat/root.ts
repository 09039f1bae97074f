/** What every case of the chat pack rests on. */
import { World } from '../actors/world.ts'
import type { Case } from '../runner/case.ts'

/** A server without it is hardly chat.v1 at all, and would be told so some hundred times over. */
export const ROOT: Case = {
  id: 'handshake/token-in-header',
  pack: 'chat',
  title: 'A client that brings a token in the header `Authorization: Bearer` and says `hello` MUST get its `welcome`.',
  requirements: ['handshake/token-in-header'],
  run: async (stage) => void (await new World(stage).ready('alice')),
}
