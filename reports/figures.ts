/** Figures in humane units. */

const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

/** 1234567 as `1,234,567`. */
export function formatCount(count: number): string {
  return THOUSANDS.format(count)
}

/** A latency in milliseconds: `420 µs`, `1.23 ms`, `45.6 ms`, `1.20 s`. */
export function formatLatency(ms: number): string {
  if (ms === 0) return '0 ms'
  if (ms < 1) return `${formatCount(Math.round(ms * 1000))} µs`
  if (ms < 1000) return `${threeDigits(ms)} ms`
  return `${threeDigits(ms / 1000)} s`
}

/** How long something took: `840 ms`, `12.3 s`, `2 min 5 s`, `1 h 2 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${formatCount(Math.round(ms / 100) / 10)} s`
  const seconds = Math.round(ms / 1000)
  const [large, small, names] =
    seconds < 3600
      ? [Math.floor(seconds / 60), seconds % 60, ['min', 's']]
      : [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), ['h', 'min']]
  return `${large} ${names[0]}${small > 0 ? ` ${small} ${names[1]}` : ''}`
}

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** 12345678 as `11.8 MiB`. */
export function formatBytes(bytes: number): string {
  const step = Math.min(BINARY_UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(bytes) || 1) / 10)))
  return `${step === 0 ? formatCount(bytes) : threeDigits(bytes / 1024 ** step)} ${BINARY_UNITS[step]}`
}

/** RFC 3339 as `2026-11-23 14:50:12 UTC`; anything else as it is. */
export function formatInstant(timestamp: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(timestamp)
  return match ? `${match[1]} ${match[2]} UTC` : timestamp
}

/** `1 case`, `2 cases`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

function threeDigits(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2)
}
