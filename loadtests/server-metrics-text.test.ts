import t from 'tap'
import { parseMetrics } from './server-metrics-text.ts'

t.test('names, labels and values are read, with or without a timestamp', async (t) => {
  const text = [
    '# HELP chat_connections Open WebSocket connections.',
    '# TYPE chat_connections gauge',
    'chat_connections 42',
    'chat_closes_total{code="1000"} 7 1395066363000',
    'http_requests_total { method = "post", code="200", } 1.027e+3',
    '',
  ].join('\r\n')
  t.same(parseMetrics(text), [
    { name: 'chat_connections', labels: {}, value: 42 },
    { name: 'chat_closes_total', labels: { code: '1000' }, value: 7 },
    { name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
  ])
})

t.test('a label may hold what separates labels, escaped quotes, backslashes and newlines', async (t) => {
  const [sample] = parseMetrics(String.raw`m{path="C:\\dir, a=\"b\"}",error="one\ntwo"} 1`)
  t.same(sample?.labels, { path: String.raw`C:\dir, a="b"}`, error: 'one\ntwo' })
})

t.test('values beyond the numbers are read, and lines that are no samples are passed over', async (t) => {
  const text = 'a NaN\nb +Inf\nc -Inf\nd one\n<html>\ne\n{} 5\nf 1'
  t.same(
    parseMetrics(text).map(({ name, value }) => [name, value]),
    [
      ['a', Number.NaN],
      ['b', Number.POSITIVE_INFINITY],
      ['c', Number.NEGATIVE_INFINITY],
      ['f', 1],
    ],
  )
})
