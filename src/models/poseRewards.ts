/** How far the goal–baseline reward of each goal pose is from the pose's own predicate, and whether it leads there. */
import { GOALS, type Goal } from '../../envs/humanoidPose/goals.ts'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { dot, goalBaseline, textAxes } from '../../rewards/vlm/index.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { Executor } from '../graph/executor.ts'
import { SoftRenderer } from '../render/softRenderer.ts'
import { epicOf, pearson } from '../vision/epic.ts'
import { POSE_PROMPTS, SUITES } from '../vision/suites.ts'
import { cosine, type Encoder, encodePictures, encodeTexts } from './encoding.ts'
import { framesOf, planar, rowsOf } from './frames.ts'
import { lowestPoint, nearGoals } from './humanoidStates.ts'
import { EMBEDDING, IMAGE_SIZE, initialise } from './network.ts'
import { shuffled } from './retrieval.ts'
import { SCENES } from './statements/index.ts'

/** As training sees them, and as many near the goals. */
const STATES = 1200
/** Steps of a way from a start to a goal. */
const WAY = 21

export interface PoseScore {
  readonly goal: Goal
  readonly prompt: string
  /** States that satisfy the predicate; as many others are drawn beside them. */
  readonly held: number
  /** EPIC distance to the predicate: α 0 and 0.5, and of an untrained encoder. */
  readonly epic: number
  readonly epicHalf: number
  readonly untrained: number
  /** The same, α 0, over all states, few of which are in the pose. */
  readonly epicAll: number
  /** Rank correlation of the reward with progress from standing to the goal; largest fall on the way, in parts of the whole rise. */
  readonly way: number
  readonly dip: number
  /** Whether the goal is scored above its near miss, and its prompt, at the goal, above those that are not true there. */
  readonly overMiss: boolean
  readonly overOthers: boolean
}

export async function poseScores(encoder: Encoder, seed: number, executor: Executor): Promise<PoseScore[]> {
  const { net, params, tokenizer } = encoder
  const goals = Object.keys(GOALS) as Goal[]
  const humanoid = SCENES[0]
  const options = { seed, size: IMAGE_SIZE, plain: true, keep: goals }
  const usual = await framesOf(humanoid, 'humanoid-pose', STATES, options)
  const near = await framesOf(humanoid, 'humanoid-pose', STATES, { ...options, sampler: nearGoals })
  const pixels = new Uint8Array(usual.pixels.length + near.pixels.length)
  pixels.set(usual.pixels)
  pixels.set(near.pixels, usual.pixels.length)
  const holds = [usual, near].flatMap(({ signals }) => [...signals])
  const texts = [...goals.map(goal => POSE_PROMPTS[goal]), SUITES['humanoid-pose'].baseline]
  const fresh = initialise(net, new Rng(seed, STREAM.init))
  const [images, said, blankImages, blankSaid] = [
    await encodePictures(net, params, pixels, executor),
    await encodeTexts(net, params, tokenizer, texts, executor),
    await encodePictures(net, fresh, pixels, executor),
    await encodeTexts(net, fresh, tokenizer, texts, executor),
  ]
  const key = await keyframes(goals)
  const keyImages = await encodePictures(net, params, key.pixels, executor)
  return goals.map((goal, g) => {
    const truth = Float64Array.from({ length: 2 * STATES }, (_, n) => holds[n * goals.length + g])
    const drawn = balanced(truth, new Rng(seed, STREAM.evaluation, g))
    const distance = (x: Float32Array, t: Float32Array, alpha: number, of: readonly number[]) => {
      const reward = rewards(x, t, g, goals.length, alpha)
      return epicOf(pearson(reward, truth, of))
    }
    const at = (k: number, prompt: number) => cosine(keyImages, k, said, prompt)
    const way = Float64Array.from({ length: WAY }, (_, k) => at(key.ways + g * WAY + k, g))
    const rise = way[WAY - 1] - way[0]
    let [top, fall] = [-Infinity, 0]
    for (const reward of way) {
      top = Math.max(top, reward)
      fall = Math.max(fall, top - reward)
    }
    return {
      goal,
      prompt: POSE_PROMPTS[goal],
      held: drawn.length / 2,
      epic: distance(images, said, 0, drawn),
      epicHalf: distance(images, said, 0.5, drawn),
      untrained: distance(blankImages, blankSaid, 0, drawn),
      epicAll: distance(images, said, 0, [...truth.keys()]),
      way: pearson(
        ranks(way),
        Float64Array.from(way, (_, k) => k),
      ),
      dip: fall / Math.abs(rise),
      overMiss: at(g, g) > at(goals.length + g, g),
      overOthers: goals.every((_, other) => key.also[g][other] || at(g, g) > at(g, other)),
    }
  })
}

/** Every state in the pose, and as many that are not, drawn at random. */
function balanced(truth: Float64Array, rng: Rng): readonly number[] {
  const states = [...truth.keys()]
  const held = states.filter(n => truth[n] === 1)
  const others = shuffled(
    states.filter(n => truth[n] !== 1),
    rng,
  )
  return [...held, ...others.slice(0, held.length)]
}

/** Goal–baseline rewards of all pictures: goal text `g`, baseline text `b`. */
function rewards(
  images: Float32Array,
  texts: Float32Array,
  g: number,
  b: number,
  alpha: number,
): Float64Array {
  const text = (i: number) => texts.subarray(i * EMBEDDING, (i + 1) * EMBEDDING)
  const { goal, direction, origin } = textAxes(text(g), text(b), EMBEDDING)
  return Float64Array.from({ length: images.length / EMBEDDING }, (_, n) =>
    goalBaseline(dot(goal, images, n * EMBEDDING), dot(direction!, images, n * EMBEDDING) - origin, alpha),
  )
}

function ranks(x: Float64Array): Float64Array {
  const order = [...x.keys()].sort((i, j) => x[i] - x[j])
  const out = new Float64Array(x.length)
  order.forEach((i, rank) => {
    out[i] = rank
  })
  return out
}

/** Pictures of the goals, of their near misses, and of ways to each: from standing, and to standing from a squat. */
async function keyframes(goals: readonly Goal[]): Promise<{
  readonly pixels: Uint8Array
  /** Index of the first way. */
  readonly ways: number
  /** Which predicates hold at each goal. */
  readonly also: readonly (readonly boolean[])[]
}> {
  using env = await humanoidPose.make(1)
  env.reset(0)
  const renderer = new SoftRenderer(env.scene, { width: IMAGE_SIZE, height: IMAGE_SIZE })
  const poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  const still = new Float64Array(env.getPose(0).qvel.length)
  const of = (name: string) => env.keyframes.find(keyframe => keyframe.name === name)!.qpos
  const size = 3 * IMAGE_SIZE * IMAGE_SIZE
  const pixels = new Uint8Array((2 + WAY) * goals.length * size)
  let n = 0
  const shoot = (qpos: ArrayLike<number>) => {
    env.setPose(0, qpos, still)
    env.bodyPoses(0, poses)
    planar(renderer.render(poses, 'vlm'), pixels, n++ * size)
  }
  const [row] = rowsOf(env)
  const also = goals.map(goal => {
    shoot(of(goal))
    return goals.map(other => row[other][0] === 1)
  })
  for (const goal of goals) shoot(of(`not-${goal}`))
  for (const goal of goals) {
    const [from, to] = [of(goal === 'standing' ? 'not-standing' : 'not-handsOnHips'), of(goal)]
    for (let k = 0; k < WAY; k++) {
      const qpos = Float64Array.from(from, (x, i) => x + (k / (WAY - 1)) * (to[i] - x))
      env.setPose(0, qpos, still)
      qpos[2] -= lowestPoint(env, 0)
      shoot(qpos)
    }
  }
  return { pixels, ways: 2 * goals.length, also }
}
