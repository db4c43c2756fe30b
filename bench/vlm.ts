/**
 * What it costs to be paid for what frames look like: the embedded model by itself, and on `humanoid-pose` the whole of
 * rendering, encoding and scoring against the physics of the same steps. CPU time of one thread.
 */
import { humanoidPose } from '../envs/humanoidPose/humanoidPose.ts'
import { bindReward, defineReward, vlm } from '../rewards/index.ts'
import { dot, EMBEDDED_MODEL, textAxes } from '../rewards/vlm/index.ts'
import type { ScoreColumns } from '../src/core/batch.ts'
import { POSE_WIDTH } from '../src/core/scene.ts'
import { visionColumns } from '../src/core/vision.ts'
import { playRandomly } from '../src/randomPlay.ts'
import { SoftRenderer } from '../src/render/softRenderer.ts'
import { simpleActor } from '../src/solve.ts'
import { modelFolder } from '../src/vlm/cache.ts'
import { FRAME_CHANNELS, LocalEncoder } from '../src/vlm/encoder.ts'
import { readModelFolder } from '../src/vlm/folder.ts'
import { type BenchResult, cpuNanoseconds, median } from './result.ts'

const ROUNDS = 15
/** The engine compiles while it is warm; these rounds do not count. */
const WARM_UP = 4
/** Frames of a round, and those that go through the network at once, as in training. */
const FRAMES = 64
const BATCH = 16
const EVERY = 4
const PROMPT = 'a humanoid robot kneeling'
const BASELINE = 'a humanoid robot'

export default async function run(): Promise<BenchResult[]> {
  const { id, folder } = modelFolder(EMBEDDED_MODEL)
  const model = readModelFolder(folder, id)
  const { side } = model.image
  const encoder = await LocalEncoder.open(model, { threads: 1, providers: ['cpu'] })
  const poses = await posesOfPlay()
  using env = await humanoidPose.make(1)
  const renderer = new SoftRenderer(env.scene, { width: side, height: side })
  const size = env.scene.bodies.length * POSE_WIDTH
  const frames = new Uint8Array(BATCH * side * side * FRAME_CHANNELS)
  const frameOf = (i: number) => renderer.render(poses.subarray(i * size, (i + 1) * size), 'vlm')

  const render = await perRound(() => {
    for (let i = 0; i < FRAMES; i++) frames.set(frameOf(i), (i % BATCH) * side * side * FRAME_CHANNELS)
  })
  const encode = await perRound(async () => {
    for (let i = 0; i < FRAMES; i += BATCH) await encoder.encodeImages(frames, BATCH, side, side)
  })
  const scores = await scoring(encoder)
  const whole = await perRound(async () => {
    for (let first = 0; first < FRAMES; first += BATCH) {
      for (let i = 0; i < BATCH; i++) frames.set(frameOf(first + i), i * side * side * FRAME_CHANNELS)
      scores.take(first, await encoder.encodeImages(frames, BATCH, side, side))
    }
    scores.score()
  })
  const act = simpleActor(humanoidPose, env, 'random', 1)
  const action = new Float64Array(env.spec.action.low.length)
  env.reset(1)
  const physics = await perRound(() => {
    for (let step = 0; step < FRAMES * EVERY; step++) {
      act(0, action)
      env.step(action)
    }
  })
  await encoder.close()
  const against = 'humanoid-pose, physics'
  return [
    { case: `${id}, ${side} × ${side}`, value: (FRAMES * 1e9) / encode, unit: 'frames/s CPU' },
    {
      case: `humanoid-pose, rendered at ${side} × ${side}`,
      value: (FRAMES * 1e9) / render,
      unit: 'frames/s CPU',
    },
    { case: against, value: (FRAMES * EVERY * 1e9) / physics, unit: 'steps/s CPU' },
    {
      case: `render, encode and score every ${EVERY} steps`,
      value: (FRAMES * EVERY * 1e9) / whole,
      unit: 'steps/s CPU',
      ratio: whole / physics,
      against: `${against} (time)`,
    },
  ]
}

/** Median CPU time, ns. */
async function perRound(work: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const time = await cpuNanoseconds(work)
    if (round >= 0) times.push(time)
  }
  return median(times)
}

/** [FRAMES, bodies, 7] of random play, a frame every few steps. */
async function posesOfPlay(): Promise<Float32Array> {
  using env = await humanoidPose.make(1)
  const size = env.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(FRAMES * size)
  const act = simpleActor(humanoidPose, env, 'random', 1)
  const action = new Float64Array(env.spec.action.low.length)
  env.reset(1)
  for (let i = 0; i < FRAMES; i++) {
    env.bodyPoses(0, poses.subarray(i * size, (i + 1) * size))
    for (let step = 0; step < EVERY; step++) {
      act(0, action)
      env.step(action)
    }
  }
  return poses
}

/** A rollout of as many steps as the frames stand for, scored from embeddings. */
async function scoring(encoder: LocalEncoder) {
  const program = defineReward({
    name: 'kneeling-seen',
    reads: {},
    terms: { picture: vlm({ weight: 1, prompt: PROMPT, baseline: BASELINE, every: EVERY }) },
  })
  const { width } = encoder.facts
  const texts = await encoder.encodeTexts([PROMPT, BASELINE])
  const axes = textAxes(texts.subarray(0, width), texts.subarray(width), width)
  const steps = FRAMES * EVERY
  const columns: ScoreColumns = await playRandomly(humanoidPose, { rows: 1, steps, seed: 1 })
  const scorer = bindReward(program, humanoidPose.spec, { rows: 1, gamma: 0.95 })
  const request = program.terms[0].vision
  if (request === undefined) throw new Error('The term does not look.')
  const [{ goal, along = '' }] = visionColumns(request)
  for (const name of [goal, along]) columns.labels.set(name, new Float64Array(steps).fill(Number.NaN))
  const [goals, alongs] = [goal, along].map(name => columns.labels.get(name) as Float64Array)
  return {
    take(first: number, embeddings: Float32Array): void {
      for (let i = 0; i < BATCH; i++) {
        const row = (first + i) * EVERY + EVERY - 1
        goals[row] = dot(axes.goal, embeddings, i * width)
        alongs[row] = dot(axes.direction as Float64Array, embeddings, i * width) - axes.origin
      }
    },
    score: () => scorer.score(columns),
  }
}
