/** `carrot score`: what another program, or other weights, would have given for the very same behaviour. */
import type { Command } from 'commander'
import type { ScoreReport } from '../scoreRun.ts'
import { collectWeight } from './settings.ts'
import { figure, percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addScore(program: Command): void {
  addVerb(program, {
    usage: 'score <run>',
    about: 'score the recorded episodes of a run again, and compare term by term',
    example: 'carrot score hopper-forward-s1-20260101-120000 --weight control=-0.1',
  })
    .option('--reward <reward>', "a built-in reward program or a file of your own (default: the run's)")
    .option('--untrusted', 'nobody vouches for that file: it is vetted, and scores in a sandbox')
    .option('--weight <term=x>', 'weight of a term; may be given several times', collectWeight)
    .action(async (run: string, options) => {
      const { say, result } = voice(options)
      const { scoreRun } = await import('../scoreRun.ts')
      const { reward, untrusted, weight: weights } = options
      const report = await scoreRun(run, { reward, untrusted, weights })
      say(describe(report))
      result(report)
    })
}

function describe({ run, env, episodes, before, after, reproduced }: ScoreReport): string {
  const { identical, episodes: own } = reproduced
  return [
    `${run} (${env}), ${episodes} recorded episodes`,
    '',
    describeScored('before', before),
    '',
    describeScored('after', after),
    '',
    identical === own
      ? `The ${own} episodes recorded under ${before.name} with these weights score to the bit as recorded.`
      : `Of ${own} episodes recorded under ${before.name} with these weights, ${own - identical} do NOT score as recorded.`,
  ].join('\n')
}

function describeScored(
  when: string,
  { name, hash, returnMean, returnStd, terms }: ScoreReport['before'],
): string {
  const rows = terms.map(term => [
    term.name,
    String(term.weight),
    figure(term.mean),
    figure(term.std),
    figure(term.weight * term.mean),
    percent(term.share),
  ])
  return [
    `${when}: ${name} (${hash.slice(0, 8)}), return ${figure(returnMean)} ± ${figure(returnStd)}`,
    table(['term', 'weight', 'mean', 'std', 'weighted', 'share'], rows),
  ].join('\n')
}
