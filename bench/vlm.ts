/**
 * What it costs to be paid for what frames look like: the embedded model by itself, and on `humanoid-pose` the whole of
 * rendering, encoding and scoring against the physics of the same steps. CPU time of one thread.
 */
import { humanoidPose } from '../envs/humanoidPose/humanoidPose.ts'
import { bindReward, defineReward, vlm } from '../rewards/index.ts'
import { dot, textAxes } from '../rewards/vlm/index.ts'
import type { ScoreColumns } from '../src/core/batch.ts'
import { POSE_WIDTH } from '../src/core/scene.ts'
import { EMBEDDED_MODEL, visionColumns } from '../src/core/vision.ts'
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
/** As the presets of `humanoid-pose` have them, and the first alone. */
const CAMERAS = ['vlm', 'side']
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
  const frameOf = (i: number, camera = CAMERAS[0]) =>
    renderer.render(poses.subarray(i * size, (i + 1) * size), camera)

  const render = await perRound(() => {
    for (let i = 0; i < FRAMES; i++) frames.set(frameOf(i), (i % BATCH) * side * side * FRAME_CHANNELS)
  })
  const encode = await perRound(async () => {
    for (let i = 0; i < FRAMES; i += BATCH) await encoder.encodeImages(frames, BATCH, side, side)
  })
  const whole = async (cameras: readonly string[]) => {
    const scores = await scoring(encoder, cameras)
    return perRound(async () => {
      for (const camera of cameras) {
        for (let first = 0; first < FRAMES; first += BATCH) {
          for (let i = 0; i < BATCH; i++) {
            frames.set(frameOf(first + i, camera), i * side * side * FRAME_CHANNELS)
          }
          scores.take(camera, first, await encoder.encodeImages(frames, BATCH, side, side))
        }
      }
      scores.score()
    })
  }
  const one = await whole(CAMERAS.slice(0, 1))
  const both = await whole(CAMERAS)
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
    ...[one, both].map((time, i) => ({
      case: `render, encode and score every ${EVERY} steps, ${i + 1} camera${i === 0 ? '' : 's'}`,
      value: (FRAMES * EVERY * 1e9) / time,
      unit: 'steps/s CPU',
      ratio: time / physics,
      against: `${against} (time)`,
    })),
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
async function scoring(encoder: LocalEncoder, camera: readonly string[]) {
  const program = defineReward({
    name: 'kneeling-seen',
    reads: {},
    terms: { picture: vlm({ weight: 1, prompt: PROMPT, baseline: BASELINE, camera, every: EVERY }) },
  })
  const { width } = encoder.facts
  const texts = await encoder.encodeTexts([PROMPT, BASELINE])
  const axes = textAxes(texts.subarray(0, width), texts.subarray(width), width)
  const steps = FRAMES * EVERY
  const columns: ScoreColumns = await playRandomly(humanoidPose, { rows: 1, steps, seed: 1 })
  const scorer = bindReward(program, humanoidPose.spec, { rows: 1, gamma: 0.95 })
  const request = program.terms[0].vision
  if (request === undefined) throw new Error('The term does not look.')
  const views = new Map(
    visionColumns(request).map(({ camera, goal, along = '' }) => {
      const [goals, alongs] = [goal, along].map(name => {
        const column = new Float64Array(steps).fill(Number.NaN)
        columns.labels.set(name, column)
        return column
      })
      return [camera, { goals, alongs }] as const
    }),
  )
  return {
    take(camera: string, first: number, embeddings: Float32Array): void {
      const { goals, alongs } = views.get(camera)!
      for (let i = 0; i < BATCH; i++) {
        const row = (first + i) * EVERY + EVERY - 1
        goals[row] = dot(axes.goal, embeddings, i * width)
        alongs[row] = dot(axes.direction as Float64Array, embeddings, i * width) - axes.origin
      }
    },
    score: () => scorer.score(columns),
  }
}
