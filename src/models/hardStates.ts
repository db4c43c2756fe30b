/**
 * Postures that a model in training takes for a goal that they are not: what a policy would find that is paid by it.
 * Evolution finds them first, from the cameras that rewards use; with the truth about them, they become pictures to
 * learn from. After the hard negatives of detectors (Felzenszwalb et al., "Object detection with discriminatively trained
 * part-based models", PAMI 2010), which are mined with the detector so far as well.
 */
import { hold } from '../../envs/humanoidPose/expert.ts'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { dot, goalBaseline, textAxes } from '../../rewards/vlm/index.ts'
import type { VectorEnv } from '../core/env.ts'
import type { Rng } from '../core/rng.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { Executor } from '../graph/executor.ts'
import { SoftRenderer } from '../render/softRenderer.ts'
import { expertActor } from '../solve.ts'
import { captionOf } from './captions.ts'
import { type Encoder, type Eye, encodeTexts, openEye } from './encoding.ts'
import { planar, rowsOf } from './frames.ts'
import { FREE, HINGES, postures, put, turn, withinRanges } from './humanoidStates.ts'
import { EMBEDDING, IMAGE_SIZE } from './network.ts'
import type { Statement } from './statement.ts'
import { GOALS } from './statements/humanoidGoals.ts'
import { SCENES } from './statements/index.ts'
import { type Sampler, turnAnyWay } from './states.ts'

/** Postures of a generation, half of a batch of pictures: each is seen from both cameras. */
const POPULATION = 32
const GENERATIONS = 10
/** Of a generation, those that the next descends from. */
const PARENTS = 8
/** Of one search, what is kept at most: the worst mistakes. */
const KEPT = 24
/** A mistake: paid so much more than the truth, where the goal itself is paid 1 and usual postures 0. */
const MISTAKE = 0.25
const ALPHA = 0.5
const CAMERAS = ['vlm', 'side'] as const
const PLANE = 3 * IMAGE_SIZE * IMAGE_SIZE

export interface HardPosture {
  /** Id of the statement that it is taken for. */
  readonly goal: string
  readonly qpos: Float64Array
  /** How much more it is paid than is true. */
  readonly excess: number
}

export interface SearchOptions {
  /** For each goal, each with a text of training. */
  readonly searches: number
  readonly goals?: readonly Statement[]
}

/** One seed, one result. */
export async function hardPostures(
  encoder: Encoder,
  executor: Executor,
  { searches, goals = GOALS }: SearchOptions,
  rng: Rng,
): Promise<readonly HardPosture[]> {
  using env = await humanoidPose.make(POPULATION)
  env.reset(rng.bits())
  using eye = await openEye(encoder.net, encoder.params, executor)
  const onlooker = new Onlooker(env, eye)
  const found: HardPosture[] = []
  for (const goal of goals) {
    const [scene] = SCENES
    const texts = Array.from({ length: searches }, () => captionOf(scene, goal, rng, 'train', true))
    const said = await encodeTexts(
      encoder.net,
      encoder.params,
      encoder.tokenizer,
      [...texts, scene.subjects[0]],
      executor,
    )
    const text = (i: number) => said.subarray(i * EMBEDDING, (i + 1) * EMBEDDING)
    for (let i = 0; i < searches; i++) {
      const { goal: towards, direction, origin } = textAxes(text(i), text(searches), EMBEDDING)
      const reward = (images: Float32Array, at: number) =>
        goalBaseline(dot(towards, images, at), dot(direction!, images, at) - origin, ALPHA)
      found.push(...(await search(onlooker, goal, reward, rng)))
    }
  }
  return found
}

type Reward = (images: Float32Array, at: number) => number

/** Sees all rows of an environment at once. */
class Onlooker {
  readonly env: VectorEnv
  private readonly eye: Eye
  private readonly renderer: SoftRenderer
  private readonly poses: Float32Array
  private readonly pixels = new Uint8Array(POPULATION * CAMERAS.length * PLANE)

  constructor(env: VectorEnv, eye: Eye) {
    this.env = env
    this.eye = eye
    this.renderer = new SoftRenderer(env.scene, { width: IMAGE_SIZE, height: IMAGE_SIZE })
    this.poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  }

  /** [rows], the mean over cameras. */
  async rewards(reward: Reward): Promise<Float64Array> {
    for (let row = 0, n = 0; row < POPULATION; row++) {
      this.env.bodyPoses(row, this.poses)
      for (const camera of CAMERAS) planar(this.renderer.render(this.poses, camera), this.pixels, n++ * PLANE)
    }
    const images = await this.eye.encode(this.pixels)
    return Float64Array.from({ length: POPULATION }, (_, row) => {
      const at = (camera: number) => (row * CAMERAS.length + camera) * EMBEDDING
      return CAMERAS.reduce((sum, _, c) => sum + reward(images, at(c)), 0) / CAMERAS.length
    })
  }
}

/** What is paid most beyond how far it is the goal, over all generations. */
async function search(onlooker: Onlooker, goal: Statement, reward: Reward, rng: Rng): Promise<HardPosture[]> {
  const { env } = onlooker
  const rows = rowsOf(env)
  const keyframe = env.keyframes[1 + GOALS.indexOf(goal)].qpos
  for (let row = 0; row < POPULATION; row++) env.setPose(row, keyframe, still(env))
  const [top] = await onlooker.rewards(reward)
  postures(env, rng)
  let base = 0
  let found: HardPosture[] = []
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const paid = await onlooker.rewards(reward)
    if (generation === 0) base = paid.reduce((sum, x) => sum + x, 0) / POPULATION
    paid.forEach((x, row) => {
      const excess = (x - base) / (top - base) - goal.degree(rows[row])
      found.push({ goal: goal.id, qpos: Float64Array.from(env.getPose(row).qpos), excess })
    })
    found = found.sort((a, b) => b.excess - a.excess).slice(0, KEPT)
    for (let row = 0; row < POPULATION; row++)
      put(env, row, child(found[rng.below(PARENTS)].qpos, rng), 0.005)
  }
  return found.filter(({ excess }) => excess > MISTAKE)
}

const still = (env: VectorEnv): Float64Array => new Float64Array(env.getPose(0).qvel.length)

function child(parent: Float64Array, rng: Rng): Float64Array {
  const qpos = Float64Array.from(parent)
  const [share, spread] = rng.uniform() < 0.5 ? [0.15, 0.5] : [0.5, 0.2]
  for (let i = FREE; i < FREE + HINGES; i++) if (rng.uniform() < share) qpos[i] += spread * rng.normal()
  if (rng.uniform() < 0.02) turnAnyWay(qpos, rng)
  else if (rng.uniform() < 0.5) turn(qpos, [0.25 * rng.normal(), 0.25 * rng.normal(), 0.25 * rng.normal()])
  withinRanges(qpos)
  return qpos
}

/** By goal. */
export function worstExcess(found: readonly HardPosture[]): ReadonlyMap<string, number> {
  const worst = new Map<string, number>()
  for (const { goal, excess } of found) worst.set(goal, Math.max(excess, worst.get(goal) ?? 0))
  return worst
}

/** Steps that a posture is held for against the world, at most, and the noise of its motors. */
const HELD = 12
const NOISE = 0.1

/** Every row in one of these postures, or in what comes of holding it. */
export const oneOf =
  (list: readonly HardPosture[]): Sampler =>
  (env, rng) => {
    env.reset(rng.bits())
    const chosen = Array.from({ length: env.size }, () =>
      Float64Array.from(list[rng.below(list.length)].qpos),
    )
    chosen.forEach((qpos, row) => {
      for (let i = FREE; i < FREE + HINGES; i++) qpos[i] += 0.03 * rng.normal()
      put(env, row, qpos, rng.range(-0.005, 0.02))
    })
    if (rng.uniform() < 0.5) holdFor(1 + rng.below(HELD), env, chosen, rng)
  }

function holdFor(steps: number, env: VectorEnv, wanted: readonly Float64Array[], rng: Rng): void {
  const A = env.spec.action.low.length
  const actors = wanted.map(qpos => expertActor(hold(qpos.subarray(FREE)), env))
  const actions = new Float64Array(env.size * A)
  for (let step = 0; step < steps; step++) {
    actors.forEach((act, row) => {
      act(row, actions.subarray(row * A, (row + 1) * A))
    })
    for (let i = 0; i < actions.length; i++) actions[i] += NOISE * rng.normal()
    env.step(actions)
  }
}
