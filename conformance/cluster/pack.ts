/** The cluster pack: several nodes behave as one server. */
import type { Requirement } from '../../schemas/requirements.ts'
import { type ChatCase, casesOf } from '../chat/chat-case.ts'
import type { Case } from '../runner/case.ts'
import { dedupe } from './dedupe.ts'
import { order } from './order.ts'

const SECTIONS: readonly (readonly ChatCase[])[] = [order, dedupe]

/** @param registry the requirements of PROTOCOL.md. */
export function clusterCases(registry: readonly Requirement[]): readonly Case[] {
  return casesOf('cluster', SECTIONS.flat(), registry)
}
