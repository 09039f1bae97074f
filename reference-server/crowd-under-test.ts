/** A crowd on several nodes that goes on whatever happens to them, and the ledger of what it was promised and what it got. */
import type * as Chat from '../schemas/generated/chat.ts'
import { Ledger } from './ledger-under-test.ts'
import { Member } from './member-under-test.ts'

/** The part of a test that knows its end. */
interface Test {
  teardown(action: () => unknown): void
}

/** What came of it all; times are in ms. */
export interface Figures {
  readonly acknowledged: number
  readonly delivered: number
  /** Each room of each member in which it was told that it has missed something. */
  readonly gapsAnnounced: number
  /** What was acknowledged, and some member neither got nor was told to have missed. */
  readonly silentLosses: number
  readonly unavailable: number
  readonly slowestAnswer: number
  /** By the code. */
  readonly closes: Readonly<Record<string, number>>
  /** Who came, went or changed in the eyes of a member, though everybody was there all the time. */
  readonly presenceEvents: readonly string[]
  readonly forgottenSessions: number
  /** What no outage excuses. */
  readonly faults: readonly string[]
}

const ROOMS = ['lobby', 'attic', 'cellar']
const ARRIVES_WITHIN_MS = 15_000

export class Crowd {
  private readonly ledger = new Ledger()
  private readonly members: readonly Member[]

  private constructor(members: (ledger: Ledger) => readonly Member[]) {
    this.members = members(this.ledger)
  }

  /** Everybody is in every room, has seen all others there, and publishes from here on. */
  static async gather(t: Test, nodes: readonly string[], size: number, token: (sub: string) => Promise<string>) {
    const crowd = new Crowd((ledger) =>
      Array.from({ length: size }, (_, at) => new Member({ at, nodes, rooms: ROOMS, token, ledger })),
    )
    t.teardown(() => crowd.disperse())
    for (const member of crowd.members) await member.settled()
    for (const member of crowd.members) await member.ping()
    for (const member of crowd.members) member.publish()
    await crowd.accepts(10 * size)
    crowd.ledger.presenceEvents.length = 0
    return crowd
  }

  /** Resolves when everybody has something accepted that it sends from now on, and everybody has heard that. */
  async allHear(): Promise<void> {
    const sent = await Promise.all(this.members.map((member) => member.nextAccepted()))
    await this.arrived(() =>
      sent.every((id) => this.members.every((member) => member.heard.has(id) || member.missed(id))),
    )
  }

  /** Resolves when so many more messages were accepted. */
  async accepts(count: number): Promise<void> {
    const { acknowledged } = this.ledger
    const enough = acknowledged.size + count
    await this.arrived(() => acknowledged.size >= enough)
  }

  /** Resolves when every member was refused something. */
  async allRefused(): Promise<void> {
    await Promise.all(this.members.map((member) => member.nextRefused()))
  }

  /** Everybody stops sending and hears what is left; then the account. */
  async account(): Promise<Figures> {
    await Promise.all(this.members.map((member) => member.stopPublishing()))
    const { ledger } = this
    await this.arrived(() => this.members.every((member) => member.lacks().length === 0))
    for (const member of this.members) {
      for (const id of member.lacks()) ledger.faults.push(`${member.sub} never got ${id}, which was acknowledged`)
    }
    await this.compareListings()
    const silentLosses = this.members.reduce((sum, member) => sum + member.lacks().length, 0)
    return {
      ...ledger.figures(),
      silentLosses,
      delivered: this.members.reduce((sum, { heard }) => sum + heard.size, 0),
    }
  }

  disperse(): void {
    for (const member of this.members) member.leave()
  }

  private async compareListings(): Promise<void> {
    const everybody = this.members.map(({ sub }) => sub).sort()
    for (const member of this.members) {
      for (const room of ROOMS) {
        const answer = await member.asks('presence_get', { room })
        const { users = [] } = (answer?.payload ?? {}) as Partial<Chat.OkPayloads['presence_get']>
        const listed = users.map(({ user }) => user.id).sort()
        if (String(listed) !== String(everybody))
          this.ledger.faults.push(`in ${room} ${member.sub} finds only ${listed}`)
      }
    }
  }

  private async arrived(isSo: () => boolean): Promise<void> {
    const until = performance.now() + ARRIVES_WITHIN_MS
    while (!isSo() && performance.now() < until) await this.ledger.changed()
  }
}
