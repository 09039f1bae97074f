/** Requirements of PROTOCOL.md that no case tests, each with its reason. Whatever stands neither here nor in a case is a gap. */
const because = (reason: string, ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, reason]))

export const EXCLUSIONS: Readonly<Record<string, string>> = {
  ...because('needs several nodes: tested by the cluster pack', [
    'cluster/one-order-on-all-nodes',
    'cluster/ok-follows-the-broker',
    'cluster/stored-on-all-nodes',
    'cluster/dedupe-on-all-nodes',
    'cluster/resumes-on-another-node',
    'cluster/takeover-across-nodes',
    'cluster/ephemeral-on-all-nodes',
    'cluster/presence-on-all-nodes',
    'cluster/dead-node-leaves-no-zombies',
    'cluster/control-holds-on-all-nodes',
    'cluster/drain-is-of-one-node',
    'cluster/without-broker-is-unavailable',
    'cluster/without-broker-keeps-connections',
    'cluster/without-broker-presence-is-quiet',
    'cluster/without-broker-is-not-ready',
    'cluster/holes-are-filled-or-4302',
  ]),
  ...because('binds clients, which a test of a server does not look at', [
    'client/unknown-code-by-its-range',
    'client/does-not-retry-its-own-fault',
    'client/needs-a-credential-to-retry',
    'client/backs-off-with-full-jitter',
    'client/draws-from-the-window',
    'client/position-is-contiguous',
    'client/retries-with-the-same-id',
    'client/refreshes-in-time',
    'client/answers-pings',
    'client/ignores-the-unknown',
    'client/forgets-typing',
    'client/long-token-in-hello',
  ]),
}
