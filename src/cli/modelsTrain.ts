/** `carrot models train`: makes the embedded vision-language model anew. */
import type { Command } from 'commander'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import type { Recipe } from '../models/training.ts'
import { toCount } from './numbers.ts'
import { stopSignal } from './stop.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface TrainOptions {
  readonly out: string
  readonly seed?: number
  readonly frames?: number
  readonly steps?: number
  readonly json?: boolean
}

export function addModelTraining(models: Command): void {
  addVerb(models, {
    usage: 'train',
    about: 'train a small vision-language model on pictures of all environments, as the embedded one was',
    example: 'carrot models train --out carrot-mini',
  })
    .option('--out <folder>', 'where to', EMBEDDED_MODEL)
    .option('--seed <n>', 'of pictures, captions and first parameters', toCount)
    .option('--frames <n>', 'pictures to render', toCount)
    .option('--steps <n>', 'steps of training', toCount)
    .action((options: TrainOptions) => trainModel(options, voice(options)))
}

async function trainModel({ out, seed, frames, steps }: TrainOptions, { say, result }: Voice): Promise<void> {
  const { RECIPE } = await import('../models/training.ts')
  const { makeModel } = await import('../models/makeModel.ts')
  const recipe: Recipe = {
    ...RECIPE,
    ...(seed !== undefined && { seed }),
    ...(frames !== undefined && { frames }),
    ...(steps !== undefined && { steps }),
  }
  let stopped = false
  stopSignal().then(() => {
    stopped = true
    say('Stopping at the next checkpoint; the model is kept as it is then. Once more stops at once.')
  })
  const start = performance.now()
  const report = (text: string) =>
    say(`${((performance.now() - start) / 1000).toFixed(0).padStart(6)} s  ${text}`)
  const evaluation = await makeModel(out, recipe, { report, stopped: () => stopped })
  say(`The model is in ${out}; README.md there tells what it can do.`)
  result({ folder: out, ...evaluation })
  // The signal is still waited for.
  process.exit(process.exitCode ?? 0)
}
