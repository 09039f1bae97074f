import t from 'tap'
import { WITHOUT_CLUSTER } from './cluster-under-test.ts'
import { startRedisProcess } from './redis-process.ts'

const never = new AbortController().signal

t.test('it is gone after a kill, and comes again at the same port', { skip: WITHOUT_CLUSTER }, async (t) => {
  const redis = await startRedisProcess(never)
  t.teardown(redis.kill)
  await redis.kill()
  await t.rejects(startRedisProcess(never, { port: redis.port, argv: ['--nonsense'] }), {
    name: 'TargetError',
    message: /redis-server ended \(exit code 1\) before it was ready\. Its last output:/,
  })
  await redis.start()
  t.equal(redis.url, `redis://127.0.0.1:${redis.port}`)
})

t.test('where it is not installed, that is said with what to do', async (t) => {
  const { PATH } = process.env
  process.env.PATH = ''
  t.teardown(() => {
    process.env.PATH = PATH
  })
  const message =
    /^redis-server is what the nodes share, unless --redis names one.*none on the PATH.*apt-get install redis-/
  await t.rejects(startRedisProcess(never), { name: 'TargetError', message })
})
