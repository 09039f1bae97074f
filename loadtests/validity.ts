/** Whether a run measured the server or the generator. Pure: every bound is a constant with its reason. */
import type { Manifest, Validity } from '../schemas/generated/results.ts'

export interface GeneratorHealth {
  /** Cores that the engine used while messages were published, on average; undefined where the system does not tell. */
  readonly cpu_cores?: number | undefined
  /** From the arrival of a frame to its handler, 99th percentile, in ms. */
  readonly queue_p99: number
  /** From the intended to the real send time, 99th percentile, in ms. */
  readonly publish_delay_p99: number
  /** From the intended send time to the arrival, 99th percentile, in ms. */
  readonly delivery_p99: number
  readonly connections: number
  /** Different addresses that they go to. */
  readonly addresses: number
  /** Why the engine ended before its time, if it did. */
  readonly failure?: string | undefined
}

type Machine = Pick<Manifest, 'cpu_count' | 'limits' | 'sysctls'>

/**
 * Shares of the machine's cores. A queue in front of a processor that is busy for 80 % of the time is four times as
 * long as at 50 % (M/M/1); at 95 % nothing waits for anything else but the processor.
 */
const CPU = { suspect: 0.8, invalid: 0.95 }
/** In ms. A scheduler's time slice is a few ms: beyond 10 the generator is busy, beyond 100 it is what a person would notice. */
const QUEUE = { suspect: 10, invalid: 100 }
/** In ms, as above; each late send is in the latencies, for these count from the intended time. */
const PUBLISH_DELAY = { suspect: 10, invalid: 100 }
/** Where half of a latency is the generator's own lateness, the figure says as much of it as of the server. */
const OWN_SHARE = 0.5
/** Below this many ms of lateness nobody draws a conclusion from the difference. */
const OWN_SHARE_FROM = 5
/** Share of descriptors or ports in use from which the kernel's search for a free one takes time, or fails. */
const HEADROOM = 0.9
/** Descriptors that the engine needs besides its connections. */
const OTHER_DESCRIPTORS = 32

interface Doubt {
  readonly grade: 'suspect' | 'invalid'
  readonly reason: string
}

export function validityOf(health: GeneratorHealth, machine: Machine): Validity {
  const doubts = [...failure(health), ...cpu(health, machine), ...delays(health), ...headroom(health, machine)]
  const has = (grade: Doubt['grade']) => doubts.some((doubt) => doubt.grade === grade)
  const verdict = has('invalid') ? 'invalid' : has('suspect') ? 'suspect' : 'valid'
  return { verdict, reasons: doubts.map(({ reason }) => reason) }
}

function failure({ failure }: GeneratorHealth): Doubt[] {
  return failure === undefined ? [] : [{ grade: 'invalid', reason: `the generator stopped before its end: ${failure}` }]
}

function cpu({ cpu_cores }: GeneratorHealth, { cpu_count }: Machine): Doubt[] {
  if (cpu_cores === undefined) return []
  const reason = `the generator used ${cpu_cores.toFixed(1)} of ${cpu_count} cores`
  return grade(cpu_cores / cpu_count, CPU, `${reason}: give it more, or lower the load`)
}

function delays({ queue_p99, publish_delay_p99, delivery_p99 }: GeneratorHealth): Doubt[] {
  const queue = `frames waited ${ms(queue_p99)} for the generator to handle them (p99)`
  const publish = `messages were sent ${ms(publish_delay_p99)} after their time (p99)`
  const own = publish_delay_p99 > OWN_SHARE_FROM && publish_delay_p99 > OWN_SHARE * delivery_p99
  const graded = grade(publish_delay_p99, PUBLISH_DELAY, publish)
  const half = `${publish}, which is over half of the delivery latency`
  return [
    ...grade(queue_p99, QUEUE, queue),
    ...(graded.length === 0 && own ? [{ grade: 'suspect' as const, reason: half }] : graded),
  ]
}

function headroom({ connections, addresses }: GeneratorHealth, { limits, sysctls }: Machine): Doubt[] {
  const files = limits.open_files
  const [low, high] = (sysctls?.['net.ipv4.ip_local_port_range'] ?? '').split(/\s+/).map(Number)
  const ports = low !== undefined && high !== undefined ? (high - low + 1) * addresses : undefined
  return [
    ...scarce(connections + OTHER_DESCRIPTORS, typeof files === 'number' ? files : undefined, 'open files'),
    ...scarce(connections, ports, 'local ports'),
  ]
}

function scarce(needed: number, available: number | undefined, what: string): Doubt[] {
  if (available === undefined || needed <= available * HEADROOM) return []
  const reason = `the run needs ${needed} ${what}, and there are ${available}: raise the limit, or connect fewer`
  return [{ grade: needed > available ? 'invalid' : 'suspect', reason }]
}

function grade(value: number, { suspect, invalid }: { suspect: number; invalid: number }, reason: string): Doubt[] {
  if (value > invalid) return [{ grade: 'invalid', reason }]
  return value > suspect ? [{ grade: 'suspect', reason }] : []
}

const ms = (value: number) => `${value.toFixed(1)} ms`
