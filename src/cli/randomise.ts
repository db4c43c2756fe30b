/** `carrot randomise`: how far physics may differ before a policy fails, and what to train under to make it robust. */
import { relative } from 'node:path'
import type { Command } from 'commander'
import type { TrainInput } from '../config.ts'
import { modelNamed } from '../llm/endpoint.ts'
import { toCount, toShare } from './numbers.ts'
import { invocation } from './package.ts'
import { addSettings, settings } from './settings.ts'
import { figure, percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

interface RandomiseOptions {
  readonly json?: boolean
  readonly trials: number
  readonly keep: number
}

export function addRandomise(program: Command): void {
  const verb = addVerb(program, {
    usage: 'randomise <run>',
    about: 'try a policy under other physics, and propose ranges to train it under (domain randomisation)',
    example: 'carrot randomise hopper-forward-s1-20260101-120000',
  })
    .option('--trials <n>', 'episodes at each value', toCount, 10)
    .option(
      '--keep <share>',
      'share of the success, or of the return, that still counts as doing it',
      toShare,
      0.8,
    )
  addSettings(verb).action((run: string, options: RandomiseOptions) => randomise(run, options, verb))
}

async function randomise(
  name: string,
  { trials, keep, ...options }: RandomiseOptions,
  verb: Command,
): Promise<void> {
  const out = voice(options)
  const { physicsPrior, wrapFlags } = await import('../search/physicsPrior.ts')
  const { openRun } = await import('../store/index.ts')
  const prior = await physicsPrior(name, {
    episodes: trials,
    keep,
    onTried: (factor, value, { successRate, returnMean }) =>
      out.say(
        `${factor} × ${value}: ${successRate === null ? `return ${figure(returnMean)}` : `success ${percent(successRate)}`}`,
      ),
  })
  const proposed = await propose(name, settings(verb), prior.ranges, out.say)
  const ranges = prior.ranges.map((range, i) => ({
    ...range,
    tried: [...range.tried],
    proposed: [proposed.ranges[i].low, proposed.ranges[i].high] as [number, number],
  }))
  const shown = prior.measure === 'success' ? percent : figure
  const rows = ranges.map(({ factor, low, high, proposed: [from, to] }) => [
    factor,
    `${low} to ${high}`,
    from === to ? 'leave alone' : `${from} to ${to}`,
  ])
  out.say(
    `\nAt 1 the ${prior.measure} is ${shown(prior.nominal)}; within these factors it is at least ${keep} of that.\n`,
  )
  out.say(table(['factor', 'still does it', 'proposed'], rows))
  if (proposed.reasons !== '') out.say(`\n${proposed.reasons}`)
  const flags = wrapFlags(proposed.ranges)
  const command =
    `${invocation()} train --config ${relative(process.cwd(), openRun(name).folder)}/config.yaml ${flags}`.trim()
  out.say(
    flags === ''
      ? '\nIt bears no other physics yet: train it longer first.'
      : `\nTrain under them: ${command}`,
  )
  out.result({
    run: prior.run,
    env: prior.env,
    measure: prior.measure,
    nominal: prior.nominal,
    ranges,
    flags,
  })
}

/** By the model where one is named; else the ranges themselves. */
async function propose(
  name: string,
  given: Partial<TrainInput>,
  ranges: Parameters<typeof import('../llm/proposeRanges.ts').proposeRanges>[3],
  say: (text: string) => void,
) {
  const { openRun } = await import('../store/index.ts')
  const run = openRun(name)
  const before = run.config as TrainInput
  const llm = modelNamed(given.llm ?? before.llm)
  if (llm === undefined) return { ranges, reasons: '' }
  const { openAsker } = await import('../llm/asker.ts')
  const { proposeRanges } = await import('../llm/proposeRanges.ts')
  const { loadEnv } = await import('../loadEnv.ts')
  const asker = openAsker({ ...before, ...given, llm }, { onNote: say })
  say(`Asking ${asker.id} which of these ranges to train under…`)
  return proposeRanges(
    asker,
    await loadEnv(before as { env: string }),
    before.text ?? run.program.about,
    ranges,
  )
}
