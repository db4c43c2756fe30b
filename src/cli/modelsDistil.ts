/** `carrot models distil`: what a vision-language model sees of an environment, without pictures. */
import type { Command } from 'commander'
import type { EnvSpec } from '../core/spec.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { toCount } from './numbers.ts'
import { collectOption } from './settings.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

interface DistilInput {
  readonly env: string
  readonly model: string
  readonly camera?: string
  readonly envOption?: EnvSpec['options']
  readonly out?: string
  readonly seed?: number
  readonly states?: number
  readonly steps?: number
  readonly json?: boolean
}

export function addModelDistilling(models: Command): void {
  addVerb(models, {
    usage: 'distil',
    about: 'teach a small network what a model sees of an environment, so that nothing need be rendered',
    example: 'carrot models distil --env humanoid-pose',
  })
    .requiredOption('--env <env>', 'environment')
    .option('--model <model>', 'id or folder of a model', EMBEDDED_MODEL)
    .option('--camera <name>', 'camera to see through (default: the one that rewards look through)')
    .option('--env-option <name=x>', 'an option of the environment, e.g. textured=true', collectOption)
    .option('--out <folder>', "folder of the model to keep it with (default: the model's own)")
    .option('--seed <n>', 'of states and first parameters', toCount)
    .option('--states <n>', 'states to see', toCount)
    .option('--steps <n>', 'steps of training', toCount)
    .action(async ({ env, out, seed, states, steps, ...options }: DistilInput) => {
      const { say, result } = voice(options)
      const { DISTIL, distil } = await import('../models/distil.ts')
      const { saveStateEncoder } = await import('../models/stateFiles.ts')
      const { modelFolder } = await import('../vlm/cache.ts')
      const chosen = {
        ...DISTIL,
        ...(seed !== undefined && { seed }),
        ...(states !== undefined && { states }),
        ...(steps !== undefined && { steps }),
      }
      const { model, camera, envOption: envOptions } = options
      const { folder } = modelFolder(model)
      const { parts, cosine, worst } = await distil(env, { ...chosen, model, camera, envOptions }, say)
      const file = saveStateEncoder(out ?? folder, parts)
      say(
        `On states it never saw, its embeddings agree with the model's by a cosine of ${cosine.toFixed(3)}, ${worst.toFixed(3)} for the worst of a hundred. It is in ${file}.`,
      )
      result({ file, cosine, worst })
    })
}
