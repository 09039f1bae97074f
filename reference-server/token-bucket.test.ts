import t from 'tap'
import { TokenBucket } from './token-bucket.ts'

const LIMITS = { rate_per_s: 10, rate_burst: 3 }
const verdicts = (bucket: TokenBucket, count: number, now: number) =>
  Array.from({ length: count }, () => bucket.take(now).verdict)

t.test('a burst passes, and the next is told when to come again', async (t) => {
  const bucket = new TokenBucket(LIMITS, 0)
  t.strictSame(verdicts(bucket, 3, 0), ['pass', 'pass', 'pass'])
  t.strictSame(bucket.take(30), { verdict: 'reject', retryAfterMs: 70 })
  t.equal(bucket.take(99).verdict, 'reject')
  t.equal(bucket.take(100).verdict, 'pass')
})

t.test('more rejections than a burst since the bucket was last full are too many', async (t) => {
  const bucket = new TokenBucket(LIMITS, 0)
  t.strictSame(verdicts(bucket, 6, 0).slice(3), ['reject', 'reject', 'reject'])
  t.equal(bucket.take(100).verdict, 'pass', 'a token came back')
  t.equal(bucket.take(100).verdict, 'close', 'the bucket was not full in between')
})

t.test('a full bucket forgives', async (t) => {
  const bucket = new TokenBucket(LIMITS, 0)
  verdicts(bucket, 6, 0)
  t.strictSame(verdicts(bucket, 4, 300), ['pass', 'pass', 'pass', 'reject'])
})
