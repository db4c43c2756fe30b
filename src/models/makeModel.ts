/** From a recipe to a folder: pictures, training, files, and a card that says what came of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnxAvailable, onnxExecutor } from '../graph/onnxruntime.ts'
import { wasmExecutor } from '../graph/wasm.ts'
import { modelCard } from './card.ts'
import { type Evaluation, evaluate } from './evaluation.ts'
import { writeModel } from './files.ts'
import { type HardPosture, worstExcess } from './hardStates.ts'
import { type Recipe, train, trainingFrames } from './training.ts'

export interface MakingHooks {
  readonly report: (text: string) => void
  readonly stopped: () => boolean
  /** Steps between checkpoints. */
  readonly every?: number
}

/** Checkpoints are whole models in the same folder. Where onnxruntime-node is missing, training is slower. */
export async function makeModel(
  folder: string,
  recipe: Recipe,
  { report, stopped, every = 250 }: MakingHooks,
): Promise<Evaluation> {
  mkdirSync(folder, { recursive: true })
  const executor = (await onnxAvailable()) ? onnxExecutor() : wasmExecutor()
  const shares = await trainingFrames(recipe.frames, recipe.seed, report)
  const start = process.cpuUsage()
  const trained = await train(shares, recipe, executor, {
    report: ({ step, figures, rate }) => {
      const said = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(4)}`)
      report(
        `step ${step} of ${recipe.steps}: ${said.join(', ')}; ${rate.toFixed(0)} pictures per CPU second`,
      )
    },
    mined: found =>
      report(`${found.length} postures that the model so far takes for what they are not: ${said(found)}`),
    every,
    checkpoint: sofar => {
      writeModel(folder, sofar)
      return stopped()
    },
  })
  const { user, system } = process.cpuUsage(start)
  writeModel(folder, trained)
  report('Evaluating')
  const evaluation = await evaluate(trained, recipe.seed, executor)
  const card = modelCard(recipe, trained, evaluation, (user + system) / 1e6)
  writeFileSync(join(folder, 'README.md'), card)
  return evaluation
}

/** The worst of each goal. */
const said = (found: readonly HardPosture[]): string =>
  [...worstExcess(found)].map(([goal, excess]) => `${goal} ${excess.toFixed(2)}`).join(', ')
