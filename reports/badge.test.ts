import { spawnSync } from 'node:child_process'
import t from 'tap'
import { renderBadge } from './badge.ts'
import { matchesGolden } from './golden/matches-golden.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'

const GREEN = '#1a7f47'
const AMBER = '#8f5b00'
const RED = '#c62536'
const GREY = '#5b6472'

t.test('says how many MUST held, of which protocol', async (t) => {
  const badge = renderBadge([conformanceSample('conformance-failing')])
  matchesGolden(t, 'badge.svg', badge)
  t.match(badge, '<title>chat.v1 + RFC 6455: 4/12 MUST</title>')
})

t.test('is green only where every MUST was seen to hold', async (t) => {
  const failing = conformanceSample('conformance-failing')
  const passing = conformanceSample('conformance-passing')
  const skipped = passing.cases.filter(({ verdict }) => verdict === 'skip').flatMap(({ requirements }) => requirements)
  const requirements = passing.requirements.filter(({ id }) => !skipped.includes(id))
  const none = { ...passing.summary, pass: 0 }
  t.match(renderBadge([{ ...passing, requirements }]), GREEN)
  t.match(renderBadge([passing]), AMBER, 'a MUST whose case was skipped')
  t.match(renderBadge([{ ...passing, requirements, partial: true }]), AMBER, 'an interrupted run')
  t.match(renderBadge([failing]), RED)
  t.match(renderBadge([{ ...passing, summary: none }]), GREY, 'nothing ran')
})

t.test('an INVALID load run claims nothing', async (t) => {
  t.match(renderBadge([loadSample('load-valid')]), GREEN)
  t.match(renderBadge([loadSample('load-missed')]), RED)
  const invalid = renderBadge([loadSample('load-invalid')])
  t.match(invalid, GREY)
  t.match(invalid, '<title>load fan-out: INVALID</title>')
})

t.test('is well-formed XML, whatever a target is called, and fetches nothing', async (t) => {
  const name = `"/><script>'&<\u0000 ${'long'.repeat(40)}`
  const result = conformanceSample('conformance-failing')
  const badge = renderBadge([{ ...result, target: { ...result.target, name } }, loadSample('load-valid')])
  const parse = 'import sys, xml.etree.ElementTree as ET; print(ET.fromstring(sys.stdin.buffer.read()).tag)'
  const { stdout, stderr } = spawnSync('python3', ['-c', parse], { input: badge, encoding: 'utf8' })
  t.equal(stdout.trim(), '{http://www.w3.org/2000/svg}svg', stderr)
  t.notMatch(badge, /<script|href=|url\(|@import/)
})
