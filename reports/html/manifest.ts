/** What it takes to repeat a run, folded. */
import type { Result } from '../../schemas/generated/results.ts'
import { formatBytes } from '../figures.ts'
import { type Child, type Markup, markup } from '../markup.ts'
import { command } from './command.ts'

/** The manifest and the target of a result as one folded list. */
export function manifestDetails({ manifest, target }: Result): Markup {
  const rows: readonly (readonly [name: string, value: Child])[] = [
    ['Command', command(manifest.command)],
    [
      'Target',
      [target.kind, target.name, target.command, ...target.urls].filter((part) => part !== undefined).join(' · '),
    ],
    ['Profile', target.profile],
    ['Mutant', target.mutant],
    ['Shakedown', [manifest.shakedown, manifest.commit].filter((part) => part !== undefined).join(', commit ')],
    ['Node', manifest.node],
    ['k6', manifest.k6],
    ['Platform', manifest.platform],
    ['Machine', `${manifest.cpu_count} × ${manifest.cpu_model}, ${formatBytes(manifest.memory_bytes)}`],
    ['Limits', settings(manifest.limits)],
    ['Kernel settings', settings(manifest.sysctls ?? {})],
    ['Seed', manifest.seed],
    ['Workload SHA-256', manifest.workload_hash],
  ]
  return markup`<details class="manifest"><summary>How to repeat this run: command, versions, machine</summary>
<dl>${rows.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
</details>
`
}

function settings(values: Readonly<Record<string, number | string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}
