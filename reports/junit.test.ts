import { spawnSync } from 'node:child_process'
import t from 'tap'
import { junitFaults, MISSING } from '../.ci/validators/validators.ts'
import { matchesGolden } from './golden/matches-golden.ts'
import { renderJUnit } from './junit.ts'
import { HOSTILE_LINES, withStrings } from './samples/hostile.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'

const NO_PYTHON = spawnSync('python3', ['--version']).error === undefined ? false : 'python3 is not here'

t.test('a conformance run becomes a suite for each pack', async (t) => {
  matchesGolden(t, 'conformance.xml', renderJUnit([conformanceSample('conformance-failing')]))
})

t.test('a load run becomes a suite of its validity, its ledger and its thresholds', async (t) => {
  matchesGolden(
    t,
    'load.xml',
    renderJUnit([loadSample('load-valid'), loadSample('load-missed'), loadSample('load-invalid')]),
  )
})

t.test('holds to the schema of Jenkins, whatever strings a result holds', { skip: MISSING }, async (t) => {
  const results = [conformanceSample('conformance-failing'), loadSample('load-missed'), loadSample('load-invalid')]
  t.same(await junitFaults(renderJUnit(results)), [])
  t.same(await junitFaults(renderJUnit(results.map((one) => withStrings(one, HOSTILE_LINES)))), [])
  t.not((await junitFaults(renderJUnit(results).replaceAll('<skipped', '<failure'))).length, 0, 'it sees a broken one')
})

t.test('what the document counts is what it holds, to a parser that is not ours', { skip: NO_PYTHON }, async (t) => {
  const results = [conformanceSample('conformance-failing'), loadSample('load-missed'), loadSample('load-invalid')]
  const { status, stdout, stderr } = readWithPython(renderJUnit(results))
  t.equal(status, 0, stderr)
  t.match(JSON.parse(stdout), {
    tests: 40,
    suites: ['chat', 'wire', 'load.fan-out', 'load.fan-out'],
    miscounted: [],
    stray: [],
    failing: [
      'handshake/query-token-is-refused',
      'delivery/fan-out-reaches-every-subscriber',
      'heartbeat/silence-closes-4301',
      'rsv/rsv1-fails-the-connection',
    ],
  })
})

t.test(
  'control characters and the end of a CDATA section cannot break the document',
  { skip: NO_PYTHON },
  async (t) => {
    const result = conformanceSample('conformance-failing')
    const reason = '\u0000\u001b[31m ]]> <![CDATA[ & " \' \ud800 \uffff \r'
    const xml = renderJUnit([{ ...result, cases: result.cases.map((one) => ({ ...one, reason })) }])
    const { status, stderr } = readWithPython(xml)
    t.equal(status, 0, stderr)
    t.match(xml, 'message="␀␛[31m ]]&gt; &lt;![CDATA[ &amp; &quot; &#39; � � ␍"')
  },
)

function readWithPython(xml: string) {
  return spawnSync('python3', ['-c', READER], { input: xml, encoding: 'utf8' })
}

/** Checks the counts, the order of elements and the required attributes of the schema that Jenkins publishes. */
const READER = `
import json, sys, xml.etree.ElementTree as ET
root = ET.fromstring(sys.stdin.buffer.read())
suites = root.findall('testsuite')
miscounted, stray = [], []
for suite in [root, *suites]:
    cases = list(suite.iter('testcase'))
    for attribute, element in (('tests', None), ('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')):
        held = [c for c in cases if element is None or c.find(element) is not None]
        if attribute in suite.attrib and int(suite.attrib[attribute]) != len(held): miscounted.append(suite.attrib['name'])
    float(suite.attrib['time'])
for suite in suites:
    stray += [e.tag for e in suite if e.tag not in ('properties', 'testcase')]
    for case in suite.findall('testcase'):
        if {'name', 'classname', 'time'} - set(case.attrib) or len(case) > 1: stray.append(case.attrib['name'])
        stray += [e.tag for e in case if e.tag not in ('failure', 'error', 'skipped', 'system-out')]
        stray += [e.tag for e in case if e.tag != 'system-out' and {'type', 'message'} - set(e.attrib)]
print(json.dumps({
    'tests': int(root.attrib['tests']), 'suites': [s.attrib['name'] for s in suites], 'miscounted': miscounted, 'stray': stray,
    'failing': [c.attrib['name'] for s in suites if not s.attrib['name'].startswith('load') for c in s if c.find('failure') is not None],
}))
`
