import t from 'tap'
import { cpuQuota } from './cpu-quota.ts'

type Files = Readonly<Record<string, string>>

const ROWS: readonly (readonly [sentence: string, files: Files, cores: number | undefined])[] = [
  ['no groups have no quota', {}, undefined],
  ['groups of the first version tell none', { '/proc/self/cgroup': '4:cpu:/a\n' }, undefined],
  [
    'a group without a bound has none',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    undefined,
  ],
  ['a container has its own', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }, 2],
  [
    'a part of a core is not counted',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '350000 100000\n' },
    3,
  ],
  ['less than a core is one', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
  [
    'the narrowest of the groups around it binds',
    {
      '/proc/self/cgroup': '1:name=systemd:/x\n0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': '800000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '400000 100000\n',
    },
    4,
  ],
]
for (const [sentence, files, cores] of ROWS)
  t.test(sentence, async (t) =>
    t.equal(
      cpuQuota((path) => files[path]),
      cores,
    ),
  )
