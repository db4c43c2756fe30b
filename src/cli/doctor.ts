/** `carrot doctor`: what this machine offers. */
import type { Command } from 'commander'
import type { Diagnosis } from '../doctor.ts'
import { table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addDoctor(program: Command): void {
  addVerb(program, {
    usage: 'doctor',
    about: 'say what this machine offers: Node, executors, GPU adapters and why one is refused',
    example: 'carrot doctor',
  }).action(async options => {
    const { say, result } = voice(options)
    const { diagnose } = await import('../doctor.ts')
    const diagnosis = await diagnose()
    say(describe(diagnosis))
    result(diagnosis)
  })
}

function describe({ node, executors, adapters }: Diagnosis): string {
  const fit = node.ok ? 'new enough' : 'too old: carrot needs 22.18'
  const used = ({ available, version }: Diagnosis['executors'][number]) =>
    available ? `yes${version === null ? '' : ` (${version})`}` : 'no'
  return [
    `Node ${node.version} (${fit}) on ${node.platform}, ${node.threads} threads: ${node.path}`,
    '',
    table(
      ['executor', 'there', ''],
      executors.map(executor => [executor.name, used(executor), executor.reason]),
    ),
    '',
    table(
      ['GPU through', 'works', 'device', ''],
      adapters.map(({ api, works, name, reason }) => [api, works ? 'yes' : 'no', name ?? '–', reason]),
    ),
  ].join('\n')
}
