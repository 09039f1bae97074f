/** The cluster pack: several nodes behave as one server. */
import type { Requirement } from '../../schemas/requirements.ts'
import { type ChatCase, casesOf } from '../chat/chat-case.ts'
import type { Case } from '../runner/case.ts'
import { broker } from './broker.ts'
import { control } from './control.ts'
import { deadNode } from './dead-node.ts'
import { dedupe } from './dedupe.ts'
import { drain } from './drain.ts'
import { ephemeral } from './ephemeral.ts'
import { order } from './order.ts'
import { presence } from './presence.ts'
import { resume } from './resume.ts'
import { stored } from './stored.ts'
import { takeover } from './takeover.ts'

const SECTIONS: readonly (readonly ChatCase[])[] = [
  order,
  stored,
  dedupe,
  resume,
  takeover,
  ephemeral,
  presence,
  deadNode,
  control,
  drain,
  broker,
]

/** @param registry the requirements of PROTOCOL.md. */
export function clusterCases(registry: readonly Requirement[]): readonly Case[] {
  return casesOf('cluster', SECTIONS.flat(), registry)
}
