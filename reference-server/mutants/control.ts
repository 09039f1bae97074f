/** Faults in the control paths. */
import type { RuleMutant } from '../mutate.ts'

export const CONTROL_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'control/ready-once',
    requirement: 'control/readyz-is-200',
    file: 'http.ts',
    before: `return path === '/readyz' && !node.isReady() ? 503 : 200`,
    after: `if (path === '/readyz' && (node as any).asked) return 503
  if (path === '/readyz') (node as any).asked = true
  return path === '/readyz' && !node.isReady() ? 503 : 200`,
    about: 'The first to ask is told 200, and nobody after.',
    shows: 'the HTTP status of /readyz 200, got 503',
  },
  {
    id: 'control/dead-while-draining',
    requirement: 'control/healthz-is-200',
    file: 'http.ts',
    before: `path === '/readyz' && !node.isReady()`,
    after: `path !== '/metrics' && !node.isReady()`,
    about: 'A draining server is called dead, and killed.',
    shows: 'the HTTP status of /healthz 200, got 503',
  },
  {
    id: 'control/open-without-a-token',
    requirement: 'control/absent-without-a-token',
    file: 'http.ts',
    before: `  if (controlToken === undefined) return reply(404, { error: 'there are no control paths' })
  if (!isBearer(request, controlToken)) return`,
    after: '  if (controlToken !== undefined && !isBearer(request, controlToken)) return',
    about: 'Without a token the control paths are open.',
    shows: 'the HTTP status of /control/notify 404, got 200',
  },
  {
    id: 'control/any-token',
    requirement: 'control/needs-the-token',
    file: 'http.ts',
    before: 'given !== undefined && timingSafeEqual(digest(given), digest(token))',
    after: 'given !== undefined',
    about: 'Any token opens the control paths.',
    shows: 'the HTTP status of /control/notify 401, got 200',
  },
  {
    id: 'control/bad-body-is-200',
    requirement: 'control/bad-body-is-400',
    file: 'control.ts',
    before: `controlValidators['reset-epoch'](body) ?`,
    after: `(controlValidators['reset-epoch'](body) || typeof body === 'object') ?`,
    about: 'A body is used as it comes.',
    shows: 'the HTTP status of /control/reset-epoch for {} 400, got 200',
  },
  {
    id: 'control/first-target-wins',
    requirement: 'control/two-targets-are-400',
    file: 'control.ts',
    before: `  const body = parseBody(text)
`,
    after: `  const body = parseBody(text)
  if (Object(body).sub !== undefined) for (const other of ['room', 'jti']) delete (body as any)[other]
`,
    about: 'Of two targets one is ignored.',
    shows: 'the HTTP status of /control/notify for {…} 400, got 200',
  },
  {
    id: 'control/notify-tells-another-seq',
    requirement: 'control/notify-tells-the-place',
    file: 'control.ts',
    before: 'body: { epoch, seq } }',
    after: 'body: { epoch, seq: seq + 1 } }',
    about: 'The answer tells the seq of the next message.',
    shows: 'epoch and seq {…"seq":2}, got {…"seq":3}',
  },
  {
    id: 'control/revoke-is-204',
    requirement: 'control/revoke-is-200',
    file: 'control.ts',
    before: '{ status: 200, body: {} }',
    after: '{ status: 204, body: {} }',
    about: 'A revocation is answered without a body.',
    shows: 'the HTTP status of /control/revoke for {…} 200, got 204',
  },
  {
    id: 'control/reset-tells-the-former',
    requirement: 'control/reset-tells-the-epoch',
    file: 'control.ts',
    before: `  const { epoch } = await world.bus.reset(room)
`,
    after: `  const { head } = await world.bus.page(room, { limit: 1 })
  const { epoch } = head
  await world.bus.reset(room)
`,
    about: 'A reset is answered with the epoch that it ended.',
    shows: 'epoch "…", got "',
  },
  {
    id: 'control/drain-waits',
    requirement: 'control/drain-is-202',
    file: 'control.ts',
    before: `  node.drain(body)
`,
    after: `  node.drain(body)
  await new Promise((resolve) => setTimeout(resolve, body.deadline_ms ?? 5000))
`,
    about: 'The answer comes when the drain is over.',
    shows: 'an answer before the deadline of … ms, got',
  },
  {
    id: 'control/no-healthz',
    requirement: 'control/healthz-is-200',
    file: 'http.ts',
    before: `!['/healthz', '/readyz', '/metrics'].includes(path)`,
    after: `!['/readyz', '/metrics'].includes(path)`,
    about: 'Nobody can ask whether the server lives.',
    shows: 'the HTTP status of /healthz 200, got 404',
  },
  {
    id: 'control/no-metrics',
    requirement: 'control/metrics',
    file: 'http.ts',
    before: `!['/healthz', '/readyz', '/metrics'].includes(path)`,
    after: `!['/healthz', '/readyz'].includes(path)`,
    about: 'There are no metrics, which a server may leave out.',
    shows: 'the HTTP status 200, got 404',
  },
]
