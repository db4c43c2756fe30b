/** Whether a model's view of an environment is worth training on, before anything is trained: `carrot eval vlm`. */
import type { z } from 'zod'
import { vlm } from '../../rewards/index.ts'
import type { TrainConfig } from '../config.ts'
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import { layoutOf } from '../core/spec.ts'
import { keyframeNamed } from '../picture.ts'
import type { evalVlmOutput } from '../protocol/cli.ts'
import type { Chart } from '../search/chart.ts'
import { epicDistance, pearson } from './epic.ts'
import { betweenKeyframes, type JointSweep, type Line, overJoint } from './landscape.ts'
import { cameraFor, Looker } from './looker.ts'
import { Sight, scoreOfViews, type Views } from './sight.ts'
import { type StateSet, stateSet } from './stateSet.ts'
import { judgedByText } from './textProgram.ts'

/** What is said of a prompt, but for its files. */
export type PromptReport = Omit<z.infer<typeof evalVlmOutput>['prompts'][number], 'plot' | 'frames'>

export interface EvalVisionOptions {
  readonly config: TrainConfig
  readonly prompts: readonly string[]
  readonly baseline?: string
  /** Ids or folders. */
  readonly models: readonly string[]
  /** Names; of several, the mean of what each sees is judged. */
  readonly cameras: readonly string[]
  readonly states: number
  readonly seed: number
  /** Which of the alphas is drawn, and ranks frames. */
  readonly alpha: number
  readonly sweep?: JointSweep
  /** Keyframe that lines begin at; default: the first. */
  readonly from?: string
  readonly report: (text: string) => void
}

export interface PromptResult extends PromptReport {
  readonly chart: Chart
  readonly frames: Frames
}

/** States that are looked at closer: the best paid first, then the worst paid, best of these first. */
export interface Frames {
  readonly camera: string
  readonly scene: StateSet['scene']
  /** [states, bodies, 7] */
  readonly poses: Float32Array
  readonly rewards: readonly number[]
}

/** Regularisation, as in the published sweeps. */
const ALPHAS = [0, 0.25, 0.5, 0.75, 1]
/** Frames of a row of the sheet. */
export const SHOWN = 8

const goalOf = (views: Views): number => views.reduce((sum, { goal }) => sum + goal, 0) / views.length

interface Judged {
  readonly text: string
  readonly env: EnvDefinition
  /** Signal that says whether a state is the goal. */
  readonly judge: string
}

/** One result per prompt and model. Throws CarrotError where there is nothing to judge by. */
export async function evaluateVision(options: EvalVisionOptions): Promise<PromptResult[]> {
  const judged = await Promise.all(options.prompts.map(text => judgedBy(options.config, text)))
  // Options choose the criterion and not the physics: one set serves all.
  const set = await stateSet(judged[0].env, options.states, options.seed)
  options.report(
    `${set.count} states, on which ${judged.length === 1 ? 'one prompt is' : `${judged.length} prompts are`} judged.`,
  )
  const results: PromptResult[] = []
  for (const model of options.models) {
    await using looker = await Looker.open(set.scene, model, options.config.workers, options.config.renderer)
    for (const prompt of judged) {
      options.report(`${looker.model.id}: "${prompt.text}"`)
      results.push(await evaluatePrompt(prompt, set, looker, options))
    }
  }
  return results
}

async function judgedBy(config: TrainConfig, text: string): Promise<Judged> {
  const { env } = await judgedByText({ ...config, text })
  const { success, id } = env.spec
  if (success !== null) return { text, env, judge: success.signal }
  throw new CarrotError(
    'unsupported',
    `${id} has no success criterion, so there is no truth to compare "${text}" with.`,
    'Evaluate on an environment that has one; `carrot list envs` says which.',
  )
}

async function evaluatePrompt(
  { text, env, judge }: Judged,
  set: StateSet,
  looker: Looker,
  options: EvalVisionOptions,
): Promise<PromptResult> {
  const { baseline, cameras, alpha } = options
  const requestOf = (prompt: string) =>
    vlm({
      weight: 1,
      prompt,
      baseline: prompt === baseline ? undefined : baseline,
      camera: cameras,
      model: looker.model.id,
    }).vision
  const request = requestOf(text)
  const sight = await Sight.open(request, looker)
  const seen = await sight.see(set.poses)
  const truth = set.signal(judge)
  const rewardsAt = (a: number, states: readonly Views[]) => {
    const dials = { alpha: baseline === undefined ? 0 : a }
    return Float64Array.from(states, views => scoreOfViews(views, request.head, dials))
  }
  const rewards = rewardsAt(alpha, seen)
  const keyframes = await goalKeyframes(env, judge)
  const line = await lineOf(env, judge, keyframes, options)
  const onLine = await sight.see(line.poses)
  const others = options.prompts.filter(other => other !== text)
  const alphas = baseline === undefined ? [0] : [...new Set([...ALPHAS, alpha])].sort((a, b) => a - b)
  return {
    model: looker.model.id,
    prompt: text,
    judge,
    base: truth.reduce((sum, holds) => sum + holds, 0) / set.count,
    unknownWords: [...looker.unknownWords(text)],
    alphas: alphas.map(a => {
      const values = rewardsAt(a, seen)
      return { alpha: a, pearson: pearson(values, truth), epic: epicDistance(values, truth) }
    }),
    contrast: await contrast(env, keyframes, looker, sight, states => rewardsAt(alpha, states), {
      texts: others,
      open: other => Sight.open(requestOf(other), looker),
    }),
    landscape: { rise: pearson(rewardsAt(alpha, onLine), line.x), xLabel: line.xLabel },
    chart: chartOf(text, looker.model.id, line, [
      ...(alpha === 0 ? [] : [{ name: 'alpha 0', values: rewardsAt(0, onLine) }]),
      { name: `alpha ${alpha}`, values: rewardsAt(alpha, onLine) },
    ]),
    frames: extremes(set, rewards, cameraFor(looker.scene, cameras[0])),
  }
}

/** To the keyframe that the criterion accepts, as most environments with keyframes have one. */
async function lineOf(
  env: EnvDefinition,
  judge: string,
  { goal, first }: GoalKeyframes,
  { sweep, from = first }: EvalVisionOptions,
): Promise<Line> {
  if (sweep !== undefined) return overJoint(env, goal ?? first, sweep, judge)
  return betweenKeyframes(env, from, goal ?? first, judge)
}

interface GoalKeyframes {
  /** Where lines begin: the first that is not accepted. */
  readonly first: string
  /** The first that is accepted. */
  readonly goal: string | undefined
  /** Those that are not, nearest misses first. */
  readonly misses: readonly string[]
}

async function goalKeyframes(definition: EnvDefinition, judge: string): Promise<GoalKeyframes> {
  using env = await definition.make(1)
  const { keyframes } = env
  if (keyframes.length === 0) {
    throw new CarrotError(
      'unsupported',
      `${env.spec.id} has no poses with names, so there is no goal to look at.`,
      'Add keyframes to the environment.',
    )
  }
  const { offset } = layoutOf(env.spec.signals).slots[judge]
  const truth = keyframes.map(({ qpos, qvel }) => {
    env.setPose(0, qpos, qvel)
    return env.signals[offset] === 1
  })
  const names = keyframes.map(({ name }) => name)
  const named = names.indexOf(judge)
  const goal = named >= 0 && truth[named] ? judge : names.find((_, i) => truth[i])
  const misses = names.filter((_, i) => !truth[i])
  const near = misses.filter(name => name === `not-${judge}`)
  return { first: misses[0] ?? names[0], goal, misses: near.length > 0 ? near : misses }
}

interface Others {
  readonly texts: readonly string[]
  readonly open: (text: string) => Promise<Sight>
}

/** Whether the goal's frame is paid more than near misses', and the goal's text is nearer to it than other goals' texts. */
async function contrast(
  definition: EnvDefinition,
  { goal, misses }: GoalKeyframes,
  looker: Looker,
  sight: Sight,
  rewards: (states: readonly Views[]) => Float64Array,
  others: Others,
): Promise<PromptReport['contrast']> {
  if (goal === undefined) return null
  const poses = await posesOf(definition, [goal, ...misses])
  const seen = await sight.see(poses)
  const [best, ...missed] = rewards(seen)
  const size = looker.scene.bodies.length * POSE_WIDTH
  const atGoal = poses.slice(0, size)
  const texts = await Promise.all(
    others.texts.map(async text => {
      const [views] = await (await others.open(text)).see(atGoal)
      return { text, similarity: goalOf(views) }
    }),
  )
  return {
    goal,
    reward: best,
    misses: misses.map((pose, i) => ({ pose, reward: missed[i], below: missed[i] < best })),
    similarity: goalOf(seen[0]),
    prompts: texts.map(({ text, similarity }) => ({ text, similarity, below: similarity < goalOf(seen[0]) })),
  }
}

async function posesOf(definition: EnvDefinition, names: readonly string[]): Promise<Float32Array> {
  using env = await definition.make(1)
  const size = env.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(names.length * size)
  names.forEach((name, i) => {
    const { qpos, qvel } = keyframeNamed(env, name)
    env.setPose(0, qpos, qvel)
    env.bodyPoses(0, poses.subarray(i * size, (i + 1) * size))
  })
  return poses
}

function chartOf(
  text: string,
  model: string,
  { x, xLabel, truth }: Line,
  lines: readonly { readonly name: string; readonly values: Float64Array }[],
): Chart {
  const all = lines.flatMap(({ values }) => [...values])
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const series = (name: string, values: ArrayLike<number>) => ({
    name,
    points: x.map((at, i) => ({ x: at, y: values[i], low: values[i], high: values[i] })),
  })
  return {
    title: `"${text}" in the eyes of ${model}`,
    xLabel,
    yLabel: 'reward',
    series: [
      ...lines.map(({ name, values }) => series(name, values)),
      // Where the physics says that it is the goal, at the height of the picture.
      series(
        'is the goal',
        truth.map(holds => (holds ? high : low)),
      ),
    ],
  }
}

/** The best and the worst paid states, those that look the same not apart. */
function extremes(set: StateSet, rewards: Float64Array, camera: string): Frames {
  const order = Array.from({ length: set.count }, (_, i) => i).sort((a, b) => rewards[b] - rewards[a])
  const shown = [...order.slice(0, SHOWN), ...order.slice(-SHOWN)]
  const size = set.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(shown.length * size)
  shown.forEach((state, i) => {
    poses.set(set.poses.subarray(state * size, (state + 1) * size), i * size)
  })
  return { camera, scene: set.scene, poses, rewards: shown.map(state => rewards[state]) }
}
