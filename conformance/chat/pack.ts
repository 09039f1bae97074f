/** The chat pack: every section's cases, titled by the registry. */
import type { Requirement } from '../../schemas/requirements.ts'
import type { Case } from '../runner/case.ts'
import { auth } from './auth.ts'
import { authKeys } from './auth-keys.ts'
import { backpressure } from './backpressure.ts'
import { type ChatCase, casesOf } from './chat-case.ts'
import { close } from './close.ts'
import { compression } from './compression.ts'
import { constraints } from './constraint-cases.ts'
import { control } from './control.ts'
import { dedupe } from './dedupe.ts'
import { dedupeContent } from './dedupe-content.ts'
import { delivery } from './delivery.ts'
import { drain } from './drain.ts'
import { envelope } from './envelope.ts'
import { ephemeral } from './ephemeral.ts'
import { errors } from './errors.ts'
import { framing } from './framing.ts'
import { framingBounds } from './framing-bounds.ts'
import { framingValues } from './framing-values.ts'
import { handshake } from './handshake.ts'
import { heartbeat } from './heartbeat.ts'
import { history } from './history.ts'
import { launch } from './launch.ts'
import { limits } from './limits.ts'
import { notifications } from './notifications.ts'
import { presence } from './presence.ts'
import { presenceLeave } from './presence-leave.ts'
import { presenceStatus } from './presence-status.ts'
import { read } from './read.ts'
import { refresh } from './refresh.ts'
import { refusedRefresh } from './refresh-refused.ts'
import { resume } from './resume.ts'
import { resumeEpochs } from './resume-epochs.ts'
import { resumeGaps } from './resume-gaps.ts'
import { resumeUnderLoad } from './resume-under-load.ts'
import { revocation } from './revocation.ts'
import { session } from './session.ts'
import { sessionEnds } from './session-ends.ts'
import { sessionPositions } from './session-positions.ts'
import { sessionRooms } from './session-rooms.ts'
import { sessionTakeover } from './session-takeover.ts'
import { subscription } from './subscription.ts'

const SECTIONS: readonly (readonly ChatCase[])[] = [
  envelope,
  handshake,
  auth,
  authKeys,
  refresh,
  refusedRefresh,
  revocation,
  framing,
  framingBounds,
  framingValues,
  errors,
  limits,
  close,
  heartbeat,
  subscription,
  delivery,
  dedupe,
  dedupeContent,
  history,
  resume,
  resumeGaps,
  resumeEpochs,
  resumeUnderLoad,
  session,
  sessionRooms,
  sessionPositions,
  sessionEnds,
  sessionTakeover,
  presence,
  presenceLeave,
  presenceStatus,
  ephemeral,
  read,
  notifications,
  backpressure,
  drain,
  compression,
  launch,
  control,
  constraints,
]

/** Floods of megabytes, and waits for several heartbeats. */
const SLOW = ['backpressure/', 'heartbeat/']

/** @param registry the requirements of PROTOCOL.md. */
export function chatCases(registry: readonly Requirement[]): readonly Case[] {
  const isSlow = ({ id }: Case) => SLOW.some((section) => id.startsWith(section))
  return casesOf('chat', SECTIONS.flat(), registry).map((one) => ({ ...one, slow: isSlow(one) }))
}
