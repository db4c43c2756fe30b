/**
 * What a trained model can do, on pictures and phrasings that training never saw: finding the right caption among
 * others, and how far its goal–baseline reward is from each goal pose's own predicate.
 */
import { GOALS, type Goal } from '../../envs/humanoidPose/goals.ts'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { Executor } from '../graph/executor.ts'
import { SoftRenderer } from '../render/softRenderer.ts'
import { captionOf, type Split } from './captions.ts'
import { cosine, encodePictures, encodeTexts } from './encoding.ts'
import { type Frames, framesOf, planar, rowsOf, UNTOLD } from './frames.ts'
import { lowestPoint, nearGoals } from './humanoidStates.ts'
import { EMBEDDING, IMAGE_SIZE, initialise, type Towers } from './network.ts'
import type { Scene } from './statement.ts'
import { HELD_OUT_ENV, SCENES } from './statements/index.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Added to a training seed: these pictures are others. */
const EVALUATION_SEED = 1_000_000
const FRAMES = 160
/** As training sees them, and as many near the goals. */
const STATES = 1200
/** True, and false, enough to be the answer and not. */
const TRUE = 0.9 * 254
const FALSE = 0.35 * 254
/** Captions to choose from. */
const CHOICES = 10
/** Steps of a way from a start to a goal. */
const WAY = 21

export interface Encoder {
  readonly net: Towers
  readonly params: Float32Array
  readonly tokenizer: Tokenizer
}

export interface Retrieval {
  readonly name: string
  /** Questions, shares of right answers, and what guessing gets. */
  readonly questions: number
  readonly caption: number
  readonly chance: number
}

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

export const BASELINE = 'a humanoid robot'
/** The published study's own words (Rocamonde et al., ICLR 2024, Table 3). */
export const PROMPTS: Readonly<Record<Goal, string>> = {
  kneeling: 'a humanoid robot kneeling',
  lotus: 'a humanoid robot seated down, meditating in the lotus position',
  standing: 'a humanoid robot standing up',
  armsRaised: 'a humanoid robot standing up, with both arms raised',
  splits: 'a humanoid robot practicing gymnastics, doing the side splits',
  handsOnHips: 'a humanoid robot standing up with hands on hips',
  oneLeg: 'a humanoid robot standing up on one leg',
  armsCrossed: 'a humanoid robot standing up, with its arms crossed',
}

export interface Evaluation {
  readonly retrieval: readonly Retrieval[]
  readonly poses: readonly PoseScore[]
}

export async function evaluate(encoder: Encoder, seed: number, executor: Executor): Promise<Evaluation> {
  return {
    retrieval: await retrievals(encoder, seed + EVALUATION_SEED, executor),
    poses: await poseScores(encoder, seed + EVALUATION_SEED, executor),
  }
}

async function retrievals(encoder: Encoder, seed: number, executor: Executor): Promise<Retrieval[]> {
  const results: Retrieval[] = []
  const all = { train: [0, 0, 0], 'held-out': [0, 0, 0] }
  for (const scene of SCENES) {
    const envs = scene.id === 'humanoid' ? ['humanoid-pose'] : scene.envs
    const seen = envs.filter(env => env !== HELD_OUT_ENV)
    const parts: Frames[] = []
    for (const env of seen)
      parts.push(
        await framesOf(scene, env, Math.max(24, Math.round(FRAMES / seen.length)), {
          seed,
          size: IMAGE_SIZE,
        }),
      )
    for (const split of ['train', 'held-out'] as const) {
      const sums = [0, 0, 0]
      for (const frames of parts) {
        const part = await retrieve(encoder, frames, split, executor)
        for (let i = 0; i < 3; i++) {
          sums[i] += part[i]
          all[split][i] += part[i]
        }
      }
      results.push(retrievalOf(`${scene.id}, ${split} phrasings`, sums))
    }
  }
  for (const split of ['train', 'held-out'] as const)
    results.unshift(retrievalOf(`all scenes, ${split} phrasings`, all[split]))
  const robots = SCENES.find(({ envs }) => envs.includes(HELD_OUT_ENV))!
  const held = await framesOf(robots, HELD_OUT_ENV, FRAMES, { seed, size: IMAGE_SIZE })
  for (const split of ['train', 'held-out'] as const)
    results.push(
      retrievalOf(
        `${HELD_OUT_ENV} (never seen), ${split} phrasings`,
        await retrieve(encoder, held, split, executor),
      ),
    )
  return results
}

const retrievalOf = (name: string, [questions, right, chance]: readonly number[]): Retrieval => ({
  name,
  questions,
  caption: right / questions,
  chance: chance / questions,
})

/** Questions, right answers, and the sum of chances: one true caption of a picture among false ones of the same scene. */
async function retrieve(
  { net, params, tokenizer }: Encoder,
  frames: Frames,
  split: Split,
  executor: Executor,
): Promise<number[]> {
  const { scene, count, degrees } = frames
  const rng = new Rng(7, STREAM.evaluation, count)
  const S = scene.statements.length
  const questions: { image: number; texts: string[] }[] = []
  for (let image = 0; image < count; image++) {
    const of = (holds: (degree: number) => boolean) =>
      scene.statements.filter((_, s) => holds(degrees[image * S + s]))
    // What is true of all pictures tells none apart.
    const right = of(d => d >= TRUE && d !== UNTOLD).filter(s => !isPlain(scene, s.id))
    const wrong = of(d => d <= FALSE)
    if (right.length === 0 || wrong.length === 0) continue
    const say = (s: (typeof right)[number]) => captionOf(scene, s, rng, split)
    const answer = right[rng.below(right.length)]
    const others = shuffled(wrong, rng).slice(0, CHOICES - 1)
    questions.push({ image, texts: [answer, ...others].map(say) })
  }
  const images = await encodePictures(net, params, frames.pixels, executor)
  const flat = questions.flatMap(({ texts }) => texts)
  const said = await encodeTexts(net, params, tokenizer, flat, executor)
  let [right, chance, at] = [0, 0, 0]
  for (const { image, texts } of questions) {
    const scores = texts.map((_, k) => cosine(images, image, said, at + k))
    if (scores.slice(1).every(score => score < scores[0])) right++
    chance += 1 / texts.length
    at += texts.length
  }
  return [questions.length, right, chance]
}

const isPlain = ({ id }: Scene, statement: string): boolean =>
  ({
    humanoid: statement === 'humanoid' || statement.startsWith('not-') || statement.startsWith('nearly-'),
    poles: statement === 'pole-and-cart',
    mountain: statement === 'car',
    robots: statement === 'legged-robot',
    arms: statement === 'arm',
  })[id] ?? false

function shuffled<T>(list: readonly T[], rng: Rng): T[] {
  const order = Int32Array.from(list, (_, i) => i)
  rng.shuffle(order)
  return [...order].map(i => list[i])
}

async function poseScores(encoder: Encoder, seed: number, executor: Executor): Promise<PoseScore[]> {
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
  const texts = [...goals.map(goal => PROMPTS[goal]), BASELINE]
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
      return epic(
        Float64Array.from(of, n => reward[n]),
        Float64Array.from(of, n => truth[n]),
      )
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
      prompt: PROMPTS[goal],
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

/** Goal–baseline rewards of all pictures: goal text `g`, baseline text `b` (Rocamonde et al., equation 3). */
export function rewards(
  images: Float32Array,
  texts: Float32Array,
  g: number,
  b: number,
  alpha: number,
): Float64Array {
  const gap = Math.sqrt(2 - 2 * cosine(texts, g, texts, b))
  const goalAlong = (1 - cosine(texts, g, texts, b)) / gap
  return Float64Array.from({ length: images.length / EMBEDDING }, (_, n) => {
    const toGoal = cosine(images, n, texts, g)
    const along = (toGoal - cosine(images, n, texts, b)) / gap - goalAlong
    return 1 - (1 - alpha) ** 2 * (1 - toGoal) - 0.5 * alpha * (2 - alpha) * along * along
  })
}

/** √((1 − ρ)/2): EPIC of rewards that depend on the state alone; 0 equal, √½ unrelated. */
export const epic = (a: Float64Array, b: Float64Array): number => Math.sqrt((1 - pearson(a, b)) / 2)

export function pearson(a: Float64Array, b: Float64Array): number {
  const mean = (x: Float64Array) => x.reduce((sum, v) => sum + v, 0) / x.length
  const [ma, mb] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb)
    aa += (a[i] - ma) ** 2
    bb += (b[i] - mb) ** 2
  }
  return ab / Math.sqrt(aa * bb)
}

function ranks(x: Float64Array): Float64Array {
  const order = [...x.keys()].sort((i, j) => x[i] - x[j])
  const out = new Float64Array(x.length)
  order.forEach((i, rank) => {
    out[i] = rank
  })
  return out
}

/** Pictures of the goals, of their near misses, and of ways from standing (from the start, for standing itself) to each. */
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
