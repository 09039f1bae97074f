/** How much memory a server has in use, and whether that is where it was. Pure. */

/** In bytes, each where it can be known. */
export interface Memory {
  /** In use by the program, with what the collector has not come for yet. */
  readonly heap?: number
  /** Held by the processes, with what an allocator has freed and keeps. */
  readonly resident?: number
}

type Kind = keyof Memory
const KINDS: readonly Kind[] = ['heap', 'resident']

/** Under which names metrics in the form of Prometheus tell what is in use: ours, those of prom-client, those of Go. */
const HEAPS = [
  ['chat_heap_used_bytes', 'chat_external_bytes'],
  ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'],
  ['go_memstats_heap_alloc_bytes'],
]

/** @returns undefined where the text tells no heap under a name that is known */
export function heapIn(metrics: string): number | undefined {
  const sampleOf = (name: string) => new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1]
  const values = HEAPS.map((names) => names.flatMap((name) => sampleOf(name) ?? []).map(Number))
  return values.find(({ length }) => length > 0)?.reduce((sum, value) => sum + value)
}

const MIB = 1024 * 1024

/** By how much each may grow: the heap by caches and by what no collector came for, the process by what allocators keep. */
const MAY_GROW: Readonly<Record<Kind, number>> = { heap: 12 * MIB, resident: 32 * MIB }

export const limitOf = (kind: Kind, before: number): number => 1.5 * before + MAY_GROW[kind]

/** What is over its limit, in words; undefined where nothing is. */
export function excess(before: Memory, after: Memory): { readonly limit: string; readonly actual: string } | undefined {
  for (const kind of KINDS) {
    const [was, is] = [before[kind], after[kind]]
    if (was === undefined || is === undefined || is <= limitOf(kind, was)) continue
    return { limit: describe({ [kind]: limitOf(kind, was) }), actual: describe({ [kind]: is }) }
  }
  return undefined
}

/** The smaller of each. */
export const lower = (one: Memory, other: Memory): Memory =>
  Object.fromEntries(
    KINDS.flatMap((kind) => {
      const values = [one[kind], other[kind]].filter((value) => value !== undefined)
      return values.length === 0 ? [] : [[kind, Math.min(...values)]]
    }),
  )

/** Such as `15.4 MiB of heap, 110.2 MiB resident`. */
export function describe({ heap, resident }: Memory): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1)
  const told = [
    ...(heap === undefined ? [] : [`${mib(heap)} MiB of heap`]),
    ...(resident === undefined ? [] : [`${mib(resident)} MiB resident`]),
  ]
  return told.join(', ') || 'nothing that is known'
}
