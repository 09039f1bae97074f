/** Whether a run measured the server or the generator. Pure: every bound is a constant with its reason. */
import type { Latency, Manifest, Validity } from '../schemas/generated/results.ts'

export interface GeneratorHealth {
  /** Cores that the engine used while the load was on, on average; undefined where the system does not tell. */
  readonly cpu_cores?: number | undefined
  /** From the arrival of a frame to its handler. */
  readonly queue: Tail
  /** How late a timer is that does nothing else, in every VU; a standstill weighs as much as it lasted. */
  readonly pulse: Tail & Pick<Latency, 'max'>
  /** For how long the load was on, in ms. */
  readonly loaded_ms: number
  /** From the intended to the real send time. */
  readonly publish_delay: Tail
  /** The same, of connections, where they are the load. */
  readonly connect_delay: Tail
  /** The same, of what Node sends beside the engines. */
  readonly probe_delay: Tail
  /** From the intended send time to the arrival. */
  readonly delivery: Tail & Pick<Latency, 'count' | 'p99_9'>
  /** Whether the scenario publishes, so that something is to be delivered. */
  readonly hasTraffic: boolean
  readonly connections: number
  /** The processes that they are dealt to. */
  readonly engines: number
  /** Different addresses that they come from. */
  readonly sources: number
  /** Different addresses that they go to. */
  readonly addresses: number
  /** Whether the run was called off. */
  readonly interrupted: boolean
  /** In what the referee does not agree with the engine, if there was one. */
  readonly disagreement?: string | undefined
  /** Why the engine ended before its time, if it did. */
  readonly failure?: string | undefined
}

/** Percentiles, in ms. */
type Tail = Pick<Latency, 'p90' | 'p99'>
type Machine = Pick<Manifest, 'cpu_count' | 'limits' | 'sysctls'>

/**
 * Shares of the machine's cores. A queue in front of a processor that is busy for 80 % of the time is four times as
 * long as at 50 % (M/M/1); at 95 % nothing waits for anything else but the processor.
 */
const CPU = { suspect: 0.8, invalid: 0.95 }
/**
 * In ms, for frames that wait to be handled, timers that come late, and what waits to be sent. A scheduler's time slice is a few ms: a
 * generator that is over 10 once in a hundred times puts its own mark on a p99. One that is over 100, which a person
 * would notice, once in ten times does not measure anything else. (A late send is in the latencies: these count from
 * the intended time.)
 */
const DELAY = { suspect_p99: 10, invalid_p90: 100 }
/**
 * One standstill of a process delays what is due to it meanwhile: that share of all that it receives, if it is the only
 * receiver. From 1 % of the time on it makes the p99, from 0.1 % on the p99.9; of that only such are told which a person
 * would notice, for shorter ones are what every machine has.
 */
const STANDSTILL = [
  { figure: 'p99', share: 0.01, from_ms: DELAY.suspect_p99 },
  { figure: 'p99_9', share: 0.001, from_ms: DELAY.invalid_p90 },
] as const
/** Where half of a latency is the generator's own lateness, the figure says as much of it as of the server. */
const OWN_SHARE = 0.5
/** Below this many ms of lateness nobody draws a conclusion from the difference. */
const OWN_SHARE_FROM = 5
/** Shares in use from which the run is in doubt: the kernel searches long for one of the last ports; descriptors just end. */
const HEADROOM = { 'open files': 0.99, 'local ports': 0.9 }
/** Descriptors that the engine needs besides its connections. */
const OTHER_DESCRIPTORS = 32

interface Doubt {
  readonly grade: 'suspect' | 'invalid'
  readonly reason: string
}

export function validityOf(health: GeneratorHealth, machine: Machine): Validity {
  const doubts = [
    ...failure(health),
    ...shortage(health),
    ...disagreement(health),
    ...cpu(health, machine),
    ...delays(health),
    ...standstill(health),
    ...headroom(health, machine),
  ]
  const has = (grade: Doubt['grade']) => doubts.some((doubt) => doubt.grade === grade)
  const verdict = has('invalid') ? 'invalid' : has('suspect') ? 'suspect' : 'valid'
  return { verdict, reasons: doubts.map(({ reason }) => reason) }
}

function failure({ failure }: GeneratorHealth): Doubt[] {
  if (failure === undefined) return []
  return [
    { grade: 'invalid', reason: `the generator stopped before its end: ${failure}` },
    { grade: 'invalid', reason: 'the ledger is incomplete: it holds what had been reported by then' },
  ]
}

/** A figure of a part of the run, or of nothing, is not the one that was asked for. */
function shortage({ interrupted, failure, delivery, hasTraffic }: GeneratorHealth): Doubt[] {
  const cut = interrupted && failure === undefined ? ['the run was interrupted before its end'] : []
  const nothing = hasTraffic && delivery.count === 0 ? ['nothing was delivered, so no latency was measured'] : []
  return [...cut, ...nothing].map((reason) => ({ grade: 'suspect', reason }))
}

/** It may be the referee that is wrong: that is no more than a doubt. */
function disagreement({ disagreement: reason }: GeneratorHealth): Doubt[] {
  return reason === undefined ? [] : [{ grade: 'suspect', reason }]
}

function cpu({ cpu_cores }: GeneratorHealth, { cpu_count }: Machine): Doubt[] {
  if (cpu_cores === undefined) return []
  const share = cpu_cores / cpu_count
  if (share <= CPU.suspect) return []
  const reason = `the generator used ${cpu_cores.toFixed(1)} of ${cpu_count} cores: give it more, or lower the load`
  return [{ grade: share > CPU.invalid ? 'invalid' : 'suspect', reason }]
}

function delays({ queue, pulse, publish_delay, connect_delay, probe_delay, delivery }: GeneratorHealth): Doubt[] {
  const late = (what: string) => (wait: string, at: string) => `${what} ${wait} after their time (${at})`
  const sent = [
    ...delay(publish_delay, late('messages were sent')),
    ...delay(connect_delay, late('connections were opened')),
    ...delay(probe_delay, late('requests were sent')),
  ]
  const own = publish_delay.p99 > OWN_SHARE_FROM && publish_delay.p99 > OWN_SHARE * delivery.p99
  const reason = `${late('messages were sent')(ms(publish_delay.p99), 'p99')}, which is over half of the delivery latency`
  return [
    ...delay(queue, (wait, at) => `frames waited ${wait} for the generator to handle them (${at})`),
    ...delay(pulse, late('timers of the generator came')),
    ...sent,
    ...(sent.length === 0 && own ? [{ grade: 'suspect', reason } as const] : []),
  ]
}

/** A standstill is in no other figure where it is short beside the run, or where its process read all frames late. */
function standstill({ pulse, delivery, loaded_ms }: GeneratorHealth): Doubt[] {
  const made = STANDSTILL.find(
    ({ figure, share, from_ms }) =>
      pulse.max > Math.max(from_ms, share * loaded_ms) && pulse.max > OWN_SHARE * delivery[figure],
  )
  if (made === undefined) return []
  const reason = `the generator stood still for ${ms(pulse.max)} at once, over ${made.share * 100} % of the ${(loaded_ms / 1000).toFixed(1)} s of load: it may have made the ${made.figure.replace('_', '.')} by itself`
  return [{ grade: 'suspect', reason }]
}

function delay({ p90, p99 }: Tail, sentence: (wait: string, at: string) => string): Doubt[] {
  if (p90 > DELAY.invalid_p90) return [{ grade: 'invalid', reason: sentence(ms(p90), 'p90') }]
  return p99 > DELAY.suspect_p99 ? [{ grade: 'suspect', reason: sentence(ms(p99), 'p99') }] : []
}

function headroom(health: GeneratorHealth, { limits, sysctls }: Machine): Doubt[] {
  const { connections, engines, sources, addresses } = health
  const files = limits.open_files
  const [low, high] = (sysctls?.['net.ipv4.ip_local_port_range'] ?? '').split(/\s+/).map(Number)
  const ports = low !== undefined && high !== undefined ? (high - low + 1) * addresses * sources : undefined
  return [
    ...scarce(
      Math.ceil(connections / engines) + OTHER_DESCRIPTORS,
      typeof files === 'number' ? files : undefined,
      'open files',
    ),
    ...scarce(connections, ports, 'local ports'),
  ]
}

function scarce(needed: number, available: number | undefined, what: keyof typeof HEADROOM): Doubt[] {
  if (available === undefined || needed <= available * HEADROOM[what]) return []
  const reason = `the run needs ${needed} ${what}, and there are ${available}: raise the limit, or connect fewer`
  return [{ grade: needed > available ? 'invalid' : 'suspect', reason }]
}

const ms = (value: number) => `${value.toFixed(1)} ms`
