/** Every case of the cluster pack is proven able to fail: on several nodes that all have the fault that it is about. */
import t from 'tap'
import { proveAll } from '../../cli/mutants-under-test.ts'
import { WITHOUT_REDIS } from '../../cli/target/redis-under-test.ts'
import { CLUSTER_MUTANTS } from '../../reference-server/mutants.ts'
import { suiteOf } from '../packs.ts'

const { cases } = suiteOf(['cluster'])

t.test(
  'every case kills a mutant of its requirement, and every mutant is killed for the right reason',
  { skip: WITHOUT_REDIS },
  (t) => proveAll(t, CLUSTER_MUTANTS, cases),
)

t.test('every rule of several nodes has a case and a mutant, and no mutant breaks another', async (t) => {
  const rules = suiteOf(['chat']).registry.flatMap(({ id }) => (id.startsWith('cluster/') ? id : []))
  const tested = cases.flatMap(({ requirements }) => requirements)
  t.strictSame([...new Set(tested)].sort(), [...rules].sort())
  t.strictSame([...new Set(CLUSTER_MUTANTS.map(({ requirement }) => requirement))].sort(), [...rules].sort())
})
