/** The text form of Prometheus (exposition format 0.0.4), read into samples. */

export interface MetricSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*(\S+)(?:\s+-?\d+)?$/
const LABEL = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n' }
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
}

/** All samples of an exposition, in its order; comments and lines that are no samples are passed over. */
export function parseMetrics(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', written = ''] = SAMPLE.exec(line.trim()) ?? []
    const value = SPECIAL[written] ?? Number(written)
    const isNumber = written === 'NaN' || !Number.isNaN(value)
    return name === undefined || !isNumber ? [] : [{ name, labels: labelsIn(labels), value }]
  })
}

function labelsIn(text: string): Record<string, string> {
  const found = [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, unescaped(value)])
  return Object.fromEntries(found)
}

const unescaped = (value: string) => value.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped)
