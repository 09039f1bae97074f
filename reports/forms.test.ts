import t from 'tap'
import { FORMS, formOf, render } from './forms.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'

t.test('the name of a file decides the form', async (t) => {
  const named = [
    'out.json',
    'a/b.c/junit.XML',
    'C:\\out\\report.html',
    'out.tap',
    'out.sarif',
    'summary.md',
    'badge.svg',
    'out.docx',
    'out',
    '.constructor',
    'dir.html/out',
  ]
  t.same(named.map(formOf), [
    ...['json', 'junit', 'html', 'tap', 'sarif', 'markdown', 'badge'],
    ...[undefined, undefined, undefined, undefined],
  ])
  t.same(Object.keys(FORMS), ['.json', '.xml', '.tap', '.sarif', '.md', '.html', '.svg'])
})

t.test('one result as JSON is the result itself, several are a list', async (t) => {
  const [one, other] = [conformanceSample('conformance-passing'), loadSample('load-valid')]
  t.same(JSON.parse(render('json', [one])), one)
  t.same(JSON.parse(render('json', [one, other])), [one, other])
})

t.test('each form is rendered in its own format', async (t) => {
  const results = [conformanceSample('conformance-passing')]
  t.match(render('junit', results), /^<\?xml version="1.0"/)
  t.match(render('html', results), /^<!doctype html>/)
  t.match(render('tap', results), /^TAP version 14\n/)
  t.match(JSON.parse(render('sarif', results)), { version: '2.1.0' })
  t.match(render('markdown', results), /^## /)
  t.match(render('badge', results), /^<svg /)
})
