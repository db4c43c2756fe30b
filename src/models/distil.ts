/** Teaches a state encoder what a dual encoder sees through one camera of one environment. */
import { envById } from '../../envs/index.ts'
import type { VectorEnv } from '../core/env.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { Graph } from '../graph/graph.ts'
import { adam, clipGlobalNorm } from '../graph/layers.ts'
import { wasmExecutor } from '../graph/wasm.ts'
import { cameraFor, Looker } from '../vision/looker.ts'
import { usualSampler } from './frames.ts'
import {
  featureCount,
  featuresOf,
  type StateEncoder,
  type StateEncoderFacts,
  type StateEncoderParts,
  stateEncoder,
  stateNetwork,
} from './stateEncoder.ts'
import { fingerprint } from './stateFiles.ts'
import { lasting } from './states.ts'

export interface DistilOptions {
  /** Id or folder of a dual encoder; the embedded one when not given. */
  readonly model?: string
  /** Camera; the one that rewards look through when not given. */
  readonly camera?: string
  /** Options of the environment, which may change how it looks. */
  readonly envOptions?: EnvSpec['options']
  readonly seed: number
  /** States that are rendered and encoded; a tenth more tell how well it went. */
  readonly states: number
  readonly steps: number
}

export const DISTIL = { seed: 1, states: 12_000, steps: 6000 } as const satisfies DistilOptions

/** Rows of the environment. */
const ROWS = 8
/** States of a training step. */
const BATCH = 128
const LEARNING_RATE = 1e-3
const REPORT = 500

export interface Distilled {
  readonly parts: StateEncoderParts
  /** Mean cosine of its embeddings and the dual encoder's, and the lowest of a hundred, on states it never saw. */
  readonly cosine: number
  readonly worst: number
}

/** Throws CarrotError for models, environments and cameras there are none of. */
export async function distil(
  envId: string,
  options: DistilOptions,
  report: (text: string) => void = () => undefined,
): Promise<Distilled> {
  const { model = EMBEDDED_MODEL, seed, states, steps } = options
  const base = lasting(envById(envId))
  const sampler = usualSampler(base)
  const definition = base.configure({ ...base.spec.options, ...options.envOptions })
  using env = await definition.make(ROWS)
  const camera = cameraFor(env.scene, options.camera ?? '')
  await using teacher = await Looker.open(env.scene, model, 1)
  const rng = new Rng(seed, STREAM.data)
  env.reset(rng.bits())
  const facts = {
    model: teacher.model.id,
    env: envId,
    scene: fingerprint(env.scene),
    camera,
    bodies: env.scene.bodies.length,
    width: teacher.width,
  }
  const total = Math.ceil(1.1 * states)
  const poses = new Float32Array(total * facts.bodies * POSE_WIDTH)
  gather(env, () => sampler(env, rng), poses)
  const embeddings = await teacher.look(poses, [camera])
  report(`${total} states seen through ${camera}`)
  const parts = await teach(facts, poses, embeddings, { states, steps, seed }, report)
  return { parts, ...agreement(stateEncoder(parts), poses, embeddings, states) }
}

/** Fills `poses` [states, N, 7]. */
function gather(env: VectorEnv, next: () => void, poses: Float32Array): void {
  const size = env.scene.bodies.length * POSE_WIDTH
  for (let at = 0; at < poses.length; ) {
    next()
    for (let row = 0; row < env.size && at < poses.length; row++, at += size)
      env.bodyPoses(row, poses.subarray(at, at + size))
  }
}

/** Adam on the squared distance of unit vectors, which is 2 − 2 cos. */
async function teach(
  facts: StateEncoderFacts,
  poses: Float32Array,
  embeddings: Float32Array,
  { states, steps, seed }: Pick<DistilOptions, 'states' | 'steps' | 'seed'>,
  report: (text: string) => void,
): Promise<StateEncoderParts> {
  const { bodies, width } = facts
  const F = featureCount(bodies)
  const features = new Float32Array(states * F)
  for (let i = 0; i < states; i++) featuresOf(poses, i * bodies * POSE_WIDTH, bodies, features, i * F)
  const { mean, scale } = standardise(features, F)

  const { layout, network } = stateNetwork(facts)
  const g = new Graph('state-encoder-training')
  const params = g.state('params', [layout.size])
  const seen = network(g.input('features', [BATCH, F]), layout.tensors(params))
  const loss = seen
    .sub(g.input('wanted', [BATCH, width]))
    .square()
    .sum([1])
    .mean()
  const { gradient } = clipGlobalNorm(g.grad(loss, [params])[0], 1)
  adam(g, params, gradient, g.input('learningRate', []))
  g.output('loss', loss)

  using session = wasmExecutor().compileSync(g)
  session.writeState('params', layout.initialise(new Rng(seed, STREAM.init)))
  const rng = new Rng(seed, STREAM.shuffle)
  let sum = 0
  for (let step = 1; step <= steps; step++) {
    for (let b = 0; b < BATCH; b++) {
      const i = rng.below(states)
      session.input('features').set(features.subarray(i * F, (i + 1) * F), b * F)
      session.input('wanted').set(embeddings.subarray(i * width, (i + 1) * width), b * width)
    }
    session.input('learningRate')[0] = LEARNING_RATE * 0.5 * (1 + Math.cos((Math.PI * step) / (steps + 1)))
    session.run()
    sum += session.output('loss')[0]
    if (step % REPORT === 0) {
      report(`step ${step} of ${steps}: mean cosine ${(1 - sum / REPORT / 2).toFixed(4)}`)
      sum = 0
    }
  }
  return { facts, mean, scale, params: session.readState('params') }
}

/** Brings every column of `features` [states, F] to mean 0 and deviation 1, in place; what never changes becomes 0. */
function standardise(features: Float32Array, F: number): { mean: Float32Array; scale: Float32Array } {
  const count = features.length / F
  const [mean, scale] = [new Float32Array(F), new Float32Array(F)]
  for (let k = 0; k < F; k++) {
    let [sum, squares] = [0, 0]
    for (let i = 0; i < count; i++) sum += features[i * F + k]
    const middle = sum / count
    for (let i = 0; i < count; i++) squares += (features[i * F + k] - middle) ** 2
    const deviation = Math.sqrt(squares / count)
    mean[k] = middle
    scale[k] = deviation < 1e-5 ? 0 : 1 / deviation
    for (let i = 0; i < count; i++) features[i * F + k] = (features[i * F + k] - mean[k]) * scale[k]
  }
  return { mean, scale }
}

/** On the states from `first` on. */
function agreement(
  student: StateEncoder,
  poses: Float32Array,
  embeddings: Float32Array,
  first: number,
): { cosine: number; worst: number } {
  const { bodies, width } = student
  const made = student.encode(poses.subarray(first * bodies * POSE_WIDTH))
  const cosines = Array.from({ length: made.length / width }, (_, i) => {
    let sum = 0
    for (let k = 0; k < width; k++) sum += made[i * width + k] * embeddings[(first + i) * width + k]
    return sum
  }).sort((a, b) => a - b)
  const mean = cosines.reduce((sum, x) => sum + x, 0) / cosines.length
  return { cosine: mean, worst: cosines[Math.floor(cosines.length / 100)] }
}
