/** `carrot eval vlm`: whether what a vision-language model sees is worth training on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { CarrotError } from '../core/errors.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import type { PromptResult } from '../vision/evalVision.ts'
import type { JointSweep } from '../vision/landscape.ts'
import { toCount, toShare } from './numbers.ts'
import { collectText } from './settings.ts'
import { figure, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface EvalVlmOptions {
  readonly json?: boolean
  readonly env: string
  readonly prompt?: readonly string[]
  readonly baseline?: string
  readonly model?: readonly string[]
  readonly untrained?: boolean
  readonly camera?: string
  readonly renderer: string
  readonly alpha?: number
  readonly states: number
  readonly seed: number
  readonly sweep?: JointSweep
  readonly from?: string
  readonly out: string
}

export function addEvalVlm(verb: Command): void {
  addVerb(verb, {
    usage: 'vlm',
    about: 'how near a vision-language model’s reward is to the truth, before anything is trained on it',
    example:
      'carrot eval vlm --env humanoid-pose --prompt "a humanoid robot kneeling" --baseline "a humanoid robot"',
  })
    .requiredOption('--env <env>', 'the environment, whose success criterion is the truth')
    .option(
      '--prompt <text>',
      'a goal; may be given several times (default: the published ones)',
      collectText,
    )
    .option('--baseline <text>', 'what the picture shows anyway')
    .option(
      '--model <model>',
      'an id, or a folder; may be given several times (default: the embedded one)',
      collectText,
    )
    .option('--untrained', 'beside the embedded network with random weights')
    .option('--camera <names>', "the scene's cameras to look through, separated by commas")
    .option('--alpha <x>', 'of the plot, the frames and the contrast test (default: 0.5)', toShare)
    .addOption(
      new Option('--renderer <name>', 'what draws the frames').choices(['soft', 'gpu']).default('soft'),
    )
    .option('--states <n>', 'states to judge on', toCount, 2000)
    .option('--seed <n>', 'of the states', toCount, 1)
    .option('--sweep <joint=a..b>', 'plot over one position instead of the way to the goal', sweep)
    .option('--from <pose>', 'the pose that the way to the goal begins at')
    .option('--out <folder>', 'where plots and frames are written', 'eval-vlm')
    .action((_: object, command: Command) => evalVlm(command.optsWithGlobals()))
}

async function evalVlm(options: EvalVlmOptions): Promise<void> {
  const out = voice(options)
  const { parseConfig } = await import('../config.ts')
  const { evaluateVision, SHOWN } = await import('../vision/evalVision.ts')
  const { SUITES } = await import('../vision/suites.ts')
  const { sheet } = await import('../vision/sheet.ts')
  const { lineChart } = await import('../search/svg.ts')
  const suite = SUITES[options.env]
  const prompts = options.prompt ?? suite?.prompts
  if (prompts === undefined) {
    throw new CarrotError(
      'bad-argument',
      `No texts are kept for ${options.env}, so what the picture should show is not said.`,
      'Say it: --prompt "…"; may be given several times.',
    )
  }
  const config = parseConfig({
    env: options.env,
    via: 'vlm',
    text: prompts[0],
    renderer: options.renderer,
  })
  const cameras = options.camera?.split(',') ?? [config.vlm.camera ?? ''].flat()
  const baseline = options.baseline ?? suite?.baseline
  const { untrained, models } = await modelsOf(options)
  const results = await evaluateVision({
    config,
    prompts,
    baseline,
    models,
    cameras,
    states: options.states,
    seed: options.seed,
    alpha: baseline === undefined ? 0 : (options.alpha ?? 0.5),
    sweep: options.sweep,
    from: options.from,
    report: text => out.say(text),
  })
  const folder = resolve(options.out)
  mkdirSync(folder, { recursive: true })
  const kept = results.map(({ chart, frames, ...report }, i) => {
    const model = report.model === untrained ? 'untrained' : report.model
    const base = `${i + 1}-${slug(report.prompt)}-${slug(model)}`
    writeFileSync(join(folder, `${base}.svg`), lineChart(chart))
    writeFileSync(join(folder, `${base}.png`), sheet(frames, SHOWN))
    return { ...report, model, plot: join(folder, `${base}.svg`), frames: join(folder, `${base}.png`) }
  })
  say(kept, out)
  out.say(`Plots of the way to each goal, and the ${SHOWN} best and worst paid frames, are in ${folder}.`)
  out.result({
    env: options.env,
    baseline: baseline ?? null,
    states: options.states,
    seed: options.seed,
    folder,
    prompts: kept,
  })
}

/** The folder of the untrained network is one of the models. */
async function modelsOf({
  model,
  untrained,
}: EvalVlmOptions): Promise<{ models: string[]; untrained?: string }> {
  const models = [...(model ?? [EMBEDDED_MODEL])]
  if (!untrained) return { models }
  const { untrainedModel } = await import('../vision/untrained.ts')
  const folder = untrainedModel()
  return { models: [...models, folder], untrained: folder }
}

function say(prompts: readonly Omit<PromptResult, 'chart' | 'frames'>[], { say: line, warn }: Voice): void {
  const rows = prompts.flatMap(({ prompt, model, judge, base, alphas, contrast, landscape }) =>
    alphas.map(({ alpha, pearson, epic }, i) => [
      i === 0 ? prompt : '',
      i === 0 ? model : '',
      i === 0 ? `${judge} (${(100 * base).toFixed(1)} %)` : '',
      String(alpha),
      figure(pearson),
      `${figure(epic.estimate)} (${figure(epic.low)}–${figure(epic.high)})`,
      i === 0 ? figure(landscape.rise) : '',
      i === 0 && contrast !== null
        ? `${beaten(contrast.misses)} poses, ${beaten(contrast.prompts)} texts`
        : '',
    ]),
  )
  line(table(['prompt', 'model', 'truth', 'alpha', 'Pearson', 'EPIC (95 %)', 'rise', 'above'], rows))
  for (const { prompt, model, unknownWords } of prompts) {
    if (unknownWords.length === 0) continue
    warn(`${model} was not made for words of "${prompt}": ${unknownWords.join(', ')}.`)
  }
}

const beaten = (others: readonly { readonly below: boolean }[]): string =>
  `${others.filter(({ below }) => below).length} of ${others.length}`

const slug = (text: string): string => (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join('-').slice(-60)

/** '1=-3.1..3.1' */
function sweep(text: string): JointSweep {
  const found = /^(\d+)=(-?[\d.e+-]+?)\.\.(-?[\d.e+-]+)$/.exec(text)
  const [joint, from, to] = found?.slice(1).map(Number) ?? []
  if (found === null || ![joint, from, to].every(Number.isFinite)) {
    throw new InvalidArgumentError('Write it as position=from..to, e.g. 1=-3.1..3.1.')
  }
  return { joint, from, to }
}
