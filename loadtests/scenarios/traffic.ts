/** Publishers and subscribers of a VU, as one: they enter, publish by the plan, and wait for what is under way. */
import { pace, until } from './pacer.ts'
import { type Publisher, publisher } from './publisher.ts'
import { messagesOf, publishAt } from './schedule.ts'
import type { Entrance, Stage } from './stage.ts'
import { type Subscriber, subscribe } from './subscriber.ts'
import type { Granted, Records, Seat } from './vu-messages.ts'

/** After the last message has arrived, a copy of it may still come: so long it is waited for, as the schema says of drain_ms. */
const LINGER_MS = 1000

/** Who listens, or publishes, in a way of its own. */
export interface Makers {
  subscriber(seat: Seat): Subscriber
  publisher(seat: Seat): Publisher
}

export class Traffic {
  readonly entrances: readonly Entrance[]
  readonly #stage: Stage
  readonly #subscribers: Subscriber[] = []
  readonly #publishers: Publisher[] = []

  /** Of the seats whose role is publisher or subscriber. */
  constructor(stage: Stage, makers: Partial<Makers> = {}) {
    const make: Makers = {
      subscriber: (seat) => subscribe(seat, stage),
      publisher: (seat) => publisher(seat, stage),
      ...makers,
    }
    this.#stage = stage
    this.entrances = stage.share.seats.flatMap((seat) => {
      if (seat.role === 'publisher') return { seat, enter: () => this.#publishers.push(make.publisher(seat)) }
      if (seat.role === 'subscriber') return { seat, enter: () => this.#subscribers.push(make.subscriber(seat)) }
      return []
    })
  }

  get granted(): Granted {
    const rates = this.#publishers.flatMap(({ grantedRate }) => grantedRate ?? [])
    return rates.length > 0 ? { rate_per_s: Math.min(...rates) } : {}
  }

  /** Gives up on those that are not ready by now; who is called off has not failed. */
  giveUp(): void {
    if (!this.#stage.stopped()) for (const member of this.#members) member.giveUp()
  }

  /** Publishes by the plan, whoever is still there, as long as it is played. */
  async publish(startAt: number): Promise<void> {
    const { share, now, stopped } = this.#stage
    const { schedule } = share.traffic
    const { duration_ms } = share.workload
    const numbers = this.#publishers.map(({ number }) => number)
    const count = numbers.reduce((sum, number) => sum + messagesOf(schedule, number), 0)
    const dueAt = (index: number) => startAt + publishAt(schedule, numbers, index).due_ms
    await pace({ now, stopped, count, dueAt }, (index) => {
      const message = publishAt(schedule, numbers, index)
      this.#publishers[index % numbers.length]?.publish(message, startAt + message.due_ms)
    })
    // The messages of other VUs are due by then, too.
    await until(() => false, startAt + duration_ms, this.#stage)
  }

  /** Waits for what is under way, and then for what should not come. */
  async drain(): Promise<void> {
    const { share, now } = this.#stage
    const arrived = () =>
      this.#subscribers.every((s) => s.missing() === 0) && this.#publishers.every((p) => p.unanswered() === 0)
    await until(arrived, now() + share.traffic.drain_ms, this.#stage)
    await until(() => false, now() + LINGER_MS, this.#stage)
  }

  records(): Pick<Records, 'subscriptions' | 'publishers'> {
    return {
      subscriptions: this.#subscribers.flatMap((subscriber) => subscriber.record() ?? []),
      publishers: this.#publishers.map((publisher) => publisher.record()),
    }
  }

  close(): void {
    for (const member of this.#members) member.close()
  }

  get #members(): readonly (Publisher | Subscriber)[] {
    return [...this.#publishers, ...this.#subscribers]
  }
}
