/** The health paths and the upgrade, while sockets are busy: a fan-out runs, and Node asks beside it. */
import { latenciesOf, type ProbeAnswer, startProbes } from '../http-probe.ts'
import { startUpgrades, type UpgradeAnswer } from '../http-upgrade.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { expiryAfter, waitUntil } from './beside.ts'
import type { BesideStage, ScenarioPlan } from './plan.ts'
import { TRAFFIC_PLAN } from './traffic.ts'

const PATHS = ['healthz', 'readyz', 'metrics'] as const
type Path = (typeof PATHS)[number]

export const http: ScenarioPlan<PlayedWorkload<'http'>> = {
  ...TRAFFIC_PLAN,
  latencies: [...TRAFFIC_PLAN.latencies, ...PATHS, 'upgrade', 'refusal', 'probe_delay'],
  checks: () => ({
    healthz_answers: 'GET /healthz is answered with 200 while sockets are busy',
    readyz_answers: 'GET /readyz is answered with 200 while sockets are busy',
    metrics_answers:
      'GET /metrics is answered with 200 while sockets are busy, or always with 404 where there are none',
    upgrade_accepted: 'an upgrade to chat.v1 is answered with 101, the right accept key and subprotocol',
    upgrade_refused: 'an upgrade on a path without a WebSocket is answered with a status of 4xx',
  }),
  describe: (workload) =>
    `${TRAFFIC_PLAN.describe(workload)}, ${workload.probes_per_s} probes/s of each health path, ${workload.upgrades_per_s} upgrades/s`,
  beside: askMeanwhile,
}

/** Asks from the start until the last message is due, and judges every answer. */
async function askMeanwhile(workload: PlayedWorkload<'http'>, stage: BesideStage): Promise<void> {
  const { target, startsAt, signal } = stage
  const exp = expiryAfter(startsAt + workload.duration_ms)
  const token = await target.mint({ sub: 'load-upgrades', exp })
  await waitUntil(startsAt, signal)
  const { probes_per_s: rate, upgrades_per_s: rate_per_s } = workload
  const asking = [
    ...target.urls.flatMap((url) =>
      PATHS.map((path) =>
        startProbes({ origin: originOf(url), path: `/${path}`, rate, onAnswer: judgeOf(path, stage) }),
      ),
    ),
    startUpgrades({
      ...{ urls: target.urls, token, origin: target.origin, rate_per_s },
      onAnswer: (answer) => judgeUpgrade(answer, stage),
    }),
  ]
  await waitUntil(startsAt + workload.duration_ms, signal)
  await Promise.all(asking.map((one) => one.stop()))
}

/** Judges the answers to one path of one node. */
function judgeOf(path: Path, { checks, count, signal }: BesideStage): (answer: ProbeAnswer) => void {
  // "A server MAY answer GET /metrics": one that has none says so from the first request to the last.
  let wanted: number | undefined = path === 'metrics' ? undefined : 200
  return ({ status, ms, fault = `it was answered with status ${status}` }) => {
    if (signal.aborted) return
    wanted ??= status === 404 ? 404 : 200
    checks.judge(`${path}_answers`, status === wanted, () => `GET /${path}: ${fault}`)
    // A latency that nobody answered is at least as long as it was waited for.
    if (status === wanted || status === undefined) for (const one of latenciesOf(ms)) count(path, one)
  }
}

function judgeUpgrade({ wanted, ms, late_ms, fault }: UpgradeAnswer, { checks, count, signal }: BesideStage): void {
  if (signal.aborted) return
  checks.judge(`upgrade_${wanted}`, fault === undefined, () => `${fault}`)
  count(wanted === 'accepted' ? 'upgrade' : 'refusal', ms)
  count('probe_delay', late_ms)
}

function originOf(url: string): string {
  return new URL(url).origin.replace(/^ws/, 'http')
}
