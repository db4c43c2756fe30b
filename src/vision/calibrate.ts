/** What a vision term pays before anything is learned: the mean and spread of its score over random play. */
import type { EnvDefinition } from '../core/env.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { VisionRequest } from '../core/vision.ts'
import { simpleActor } from '../solve.ts'
import type { Looker } from './looker.ts'
import { Sight, scoreOfViews } from './sight.ts'

const SEED = 1
const ROWS = 8
/** Frames of each row, spread over an episode or this many steps of it. */
const FRAMES = 24
const STEPS = 240
/** A spread below this is no spread, but rounding. */
const LEAST = 1e-6

export interface Calibration {
  readonly mean: number
  readonly std: number
}

/** The same for equal arguments. `std` is 1 where nothing moves in the picture. */
export async function calibrate(
  env: EnvDefinition,
  request: VisionRequest,
  looker: Looker,
): Promise<Calibration> {
  const sight = await Sight.open(request, looker)
  const seen = await sight.see(await posesOfPlay(env))
  const scores = seen.map(views => scoreOfViews(views, request.head, request.dials))
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const std = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length)
  return { mean, std: std < LEAST ? 1 : std }
}

/** [states, bodies, 7] of random play. */
async function posesOfPlay(definition: EnvDefinition): Promise<Float32Array> {
  using env = await definition.make(ROWS)
  const A = env.spec.action.low.length
  const size = env.scene.bodies.length * POSE_WIDTH
  const act = simpleActor(definition, env, 'random', SEED)
  const actions = new Float64Array(ROWS * A)
  const stride = Math.max(1, Math.floor(Math.min(STEPS, env.spec.maxSteps) / FRAMES))
  const poses = new Float32Array(FRAMES * ROWS * size)
  env.reset(SEED)
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let n = 0; n < ROWS; n++) {
      const at = (frame * ROWS + n) * size
      env.bodyPoses(n, poses.subarray(at, at + size))
    }
    for (let step = 0; step < stride; step++) {
      for (let n = 0; n < ROWS; n++) act(n, actions.subarray(n * A, (n + 1) * A))
      env.step(actions)
    }
  }
  return poses
}
