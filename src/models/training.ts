/** Trains the embedded model: pictures of all environments, then contrastive steps, then files. One seed, one result. */
import { Rng, STREAM } from '../core/rng.ts'
import type { Executor } from '../graph/executor.ts'
import { Batches, type Share } from './batches.ts'
import { wordsOf } from './captions.ts'
import { framesOf } from './frames.ts'
import { type HardPosture, hardPostures, oneOf, type SearchOptions } from './hardStates.ts'
import {
  IMAGE_SIZE,
  initialise,
  type StepShape,
  TEXT_LENGTH,
  type Towers,
  towers,
  trainingGraph,
} from './network.ts'
import { HELD_OUT_ENV, SCENES } from './statements/index.ts'
import { Tokenizer } from './tokenizer.ts'

export interface Recipe {
  readonly seed: number
  /** Pictures, of all environments. */
  readonly frames: number
  readonly steps: number
  readonly shape: StepShape
  readonly learningRate: number
  /** Steps over which the step size rises to that; it then falls as a cosine. */
  readonly warmUp: number
  readonly decay: number
  /** Steps between reports. */
  readonly report: number
  /** Hard postures: after which parts of all steps they are sought, and how many pictures come of them. */
  readonly hard: SearchOptions & {
    readonly after: readonly number[]
    readonly frames: number
    /** Of what training looks at, beside a total of 1. */
    readonly share: number
  }
  /** Share that the running mean of the parameters keeps from one look at them to the next. */
  readonly smoothing: number
}

export const RECIPE: Recipe = {
  seed: 1,
  frames: 24_000,
  steps: 12_000,
  shape: { images: 48, texts: 32 },
  learningRate: 2e-3,
  warmUp: 300,
  decay: 0.02,
  report: 100,
  hard: { after: [0.3, 0.45, 0.6, 0.75], searches: 8, frames: 2400, share: 0.12 },
  smoothing: 0.99,
}

/** Steps between looks at the parameters. */
const LOOK = 10

/** Of pictures, and of what training looks at, by scene: poses are seen most, since most depends on little. */
const SHARES: Readonly<Record<string, readonly [frames: number, looks: number]>> = {
  humanoid: [0.6, 0.64],
  poles: [0.08, 0.08],
  mountain: [0.05, 0.06],
  robots: [0.08, 0.06],
  places: [0.06, 0.05],
  arms: [0.13, 0.11],
}

/** What a vocabulary of all captions makes. */
export const tokenizerOfAll = (): Tokenizer => Tokenizer.of(wordsOf(SCENES), TEXT_LENGTH)

export const towersFor = ({ vocabulary }: Tokenizer): Towers =>
  towers(
    vocabulary.length,
    SCENES.reduce((sum, { statements }) => sum + statements.length, 0),
  )

/** Pictures of everything but the held-out environment. `report` hears of each environment. */
export async function trainingFrames(
  total: number,
  seed: number,
  report: (text: string) => void = () => undefined,
): Promise<readonly Share[]> {
  const shares: Share[] = []
  for (const scene of SCENES) {
    // Of the humanoid, one environment's states, seen in the scenes of all three.
    const envs = scene.id === 'humanoid' ? ['humanoid-pose'] : scene.envs.filter(env => env !== HELD_OUT_ENV)
    const [frames, looks] = SHARES[scene.id]
    for (const env of envs) {
      // Cart-pole is what the paper trains on; the other poles help it.
      const part = scene.id === 'poles' ? (env === 'cartpole' ? 0.6 : 0.2) : 1 / envs.length
      const count = Math.max(ROUND, Math.round((total * frames * part) / ROUND) * ROUND)
      const made = await framesOf(scene, env, count, { seed, size: IMAGE_SIZE })
      shares.push({ frames: made, share: looks * part })
      report(`${count} pictures of ${env}`)
    }
  }
  return shares
}
const ROUND = 8

const FIGURES = ['captionLoss', 'statementLoss', 'wording', 'gradNorm'] as const

export interface Progress {
  readonly step: number
  /** Means since the last report. */
  readonly figures: Readonly<Record<(typeof FIGURES)[number], number>>
  /** Pictures a second of processor time, since the start. */
  readonly rate: number
}

export interface Trained {
  readonly net: Towers
  readonly tokenizer: Tokenizer
  /** [P], the running mean. */
  readonly params: Float32Array
  readonly steps: number
}

export interface TrainingHooks {
  readonly report?: (progress: Progress) => void
  /** Hears of the hard postures that were found. */
  readonly mined?: (found: readonly HardPosture[]) => void
  /** Called now and then with what there is so far; true stops. */
  readonly checkpoint?: (sofar: Trained) => boolean | Promise<boolean>
  /** Steps between those. */
  readonly every?: number
}

/** Throws CarrotError from compile() of the executor. */
export async function train(
  shares: readonly Share[],
  recipe: Recipe,
  executor: Executor,
  { report, mined, checkpoint, every = 1000 }: TrainingHooks = {},
): Promise<Trained> {
  const tokenizer = tokenizerOfAll()
  const net = towersFor(tokenizer)
  using session = await executor.compile(trainingGraph(net, recipe.shape, recipe.decay))
  session.writeState('params', initialise(net, new Rng(recipe.seed, STREAM.init)))
  const batches = new Batches(shares, tokenizer, new Rng(recipe.seed, STREAM.shuffle), recipe.shape)
  const mean = session.readState('params')
  const sofar = (steps: number): Trained => ({ net, tokenizer, params: mean.slice(), steps })
  const start = process.cpuUsage()
  const rounds = new Set(recipe.hard.after.map(part => Math.round(part * recipe.steps)))
  const figures = { captionLoss: 0, statementLoss: 0, wording: 0, gradNorm: 0 }
  for (let step = 1; step <= recipe.steps; step++) {
    const input = (name: string) => session.input(name)
    batches.fill({
      pixels: input('pixels'),
      ids: input('ids'),
      said: input('said'),
      degrees: input('degrees'),
      weights: input('weights'),
    })
    input('learningRate')[0] = rateAt(step, recipe)
    await session.run()
    for (const name of FIGURES) figures[name] += session.output(name)[0] / recipe.report
    if (step % LOOK === 0) follow(mean, session.readState('params'), step, recipe.smoothing)
    if (step % recipe.report === 0) {
      const { user, system } = process.cpuUsage(start)
      report?.({
        step,
        figures: { ...figures },
        rate: (step * recipe.shape.images * 1e6) / (user + system),
      })
      for (const name of FIGURES) figures[name] = 0
    }
    if (rounds.has(step)) {
      const found = await hardPostures(
        sofar(step),
        executor,
        recipe.hard,
        new Rng(recipe.seed, STREAM.data, step),
      )
      mined?.(found)
      if (found.length > 0) batches.add(await hardShare(found, recipe, step))
    }
    if (step % every === 0 && (await checkpoint?.(sofar(step)))) return sofar(step)
  }
  return sofar(recipe.steps)
}

/** Pictures of what the model so far takes for goals that it is not. */
async function hardShare(
  found: readonly HardPosture[],
  { seed, hard }: Recipe,
  step: number,
): Promise<Share> {
  const sampler = oneOf(found)
  const options = { seed: seed + step, size: IMAGE_SIZE, sampler }
  return { frames: await framesOf(SCENES[0], 'humanoid-pose', hard.frames, options), share: hard.share }
}

/** The running mean; while young, of all there were. */
function follow(mean: Float32Array, params: Float32Array, step: number, smoothing: number): void {
  const kept = Math.min(smoothing, 1 - 1 / (1 + step / LOOK / 4))
  for (let i = 0; i < mean.length; i++) mean[i] = kept * mean[i] + (1 - kept) * params[i]
}

const rateAt = (step: number, { steps, learningRate, warmUp }: Recipe): number =>
  learningRate * Math.min(1, step / warmUp) * (0.01 + 0.99 * 0.5 * (1 + Math.cos((Math.PI * step) / steps)))
