import t from 'tap'
import { FORMS, formOf, render } from './forms.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'

t.test('the name of a file decides the form', async (t) => {
  const named = [
    'out.json',
    'a/b.c/junit.XML',
    'C:\\out\\report.html',
    'out.docx',
    'out',
    '.constructor',
    'dir.html/out',
  ]
  t.same(named.map(formOf), ['json', 'junit', 'html', undefined, undefined, undefined, undefined])
  t.same(Object.keys(FORMS), ['.json', '.xml', '.html'])
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
})
