/** The hold of one connection on its session. */
import type { Peer } from './peer.ts'
import type { Holder } from './sessions.ts'

export class SessionLease {
  private readonly peer: Peer & Holder
  private readonly session: string

  constructor(peer: Peer & Holder, session: string) {
    this.peer = peer
    this.session = session
  }

  /** "Its rooms and with which presence flag, and its status"; the status is the user's, where that is present. */
  async save(): Promise<void> {
    const { credential, subscriptions, world } = this.peer
    if (credential.claims === undefined) return
    const { sub, jti } = credential.claims
    const { rooms } = subscriptions
    const status = (await world.presence.statusOf(sub)) ?? subscriptions.idleStatus
    const state = { rooms, status, ...(jti !== undefined && { jti }) }
    await world.sessions.save(this.session, this.peer, state)
  }

  /** @param ends whether the session ends with the connection, or waits for another */
  async giveUp(ends: boolean): Promise<void> {
    const { sessions } = this.peer.world
    await (ends ? sessions.end(this.session, this.peer) : sessions.release(this.session, this.peer))
  }
}
