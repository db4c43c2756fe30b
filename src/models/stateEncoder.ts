/**
 * From the poses of bodies straight to the embedding of what a camera would see of them: a small network that learned
 * what a dual encoder makes of rendered frames, for one environment and one camera (GROVE, Cui et al., CVPR 2025, do so
 * with human poses). Nothing is rendered any more.
 *
 * Shapes: B states, N bodies, E width of an embedding.
 */
import { CarrotError } from '../core/errors.ts'
import { decodeTensors, encodeTensors } from '../core/safetensors.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { SyncSession } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { type Blocks, mlp, ParameterLayout } from '../graph/layers.ts'
import { wasmExecutor } from '../graph/wasm.ts'

/** Of what it stands for. */
export interface StateEncoderFacts {
  /** Id or folder of the dual encoder that it learned from. */
  readonly model: string
  readonly env: string
  /** Fingerprint of what was rendered. */
  readonly scene: string
  readonly camera: string
  /** N, the world among them. */
  readonly bodies: number
  /** E */
  readonly width: number
}

export interface StateEncoder extends StateEncoderFacts {
  /** `poses` [B, N, 7] as environments give them → [B, E], each of length 1. */
  encode(poses: Float32Array): Float32Array<ArrayBuffer>
}

/** Numbers of a body: where it is, and where two of its axes point. */
const FEATURES = 9
const HIDDEN = [256, 256] as const
/** States that go through the network at once. */
const BATCH = 64

/** The network: features [B, F], standardised → [B, E], unit length. */
export function stateNetwork({ bodies, width }: Pick<StateEncoderFacts, 'bodies' | 'width'>): {
  readonly layout: ParameterLayout
  readonly network: (features: Tensor, blocks: Blocks) => Tensor
} {
  const layout = new ParameterLayout()
  const network = mlp(layout, 'states', [featureCount(bodies), ...HIDDEN, width], { activation: 'relu' })
  return {
    layout,
    network: (features, blocks) => {
      const out = network(features, blocks)
      return out.div(out.square().sum([1], true).add(1e-12).sqrt())
    },
  }
}

/** The world does not move. */
export const featureCount = (bodies: number): number => (bodies - 1) * FEATURES

/** Of one state: `poses` [N, 7] from `at`, into `out` from `to`. */
export function featuresOf(
  poses: Float32Array,
  at: number,
  bodies: number,
  out: Float32Array,
  to: number,
): void {
  for (let body = 1, o = to; body < bodies; body++) {
    const p = at + body * POSE_WIDTH
    const [w, x, y, z] = [poses[p + 3], poses[p + 4], poses[p + 5], poses[p + 6]]
    out[o++] = poses[p]
    out[o++] = poses[p + 1]
    out[o++] = poses[p + 2]
    out[o++] = 1 - 2 * (y * y + z * z)
    out[o++] = 2 * (x * y + w * z)
    out[o++] = 2 * (x * z - w * y)
    out[o++] = 2 * (x * z + w * y)
    out[o++] = 2 * (y * z - w * x)
    out[o++] = 1 - 2 * (x * x + y * y)
  }
}

/** What a state encoder is made of. */
export interface StateEncoderParts {
  readonly facts: StateEncoderFacts
  /** [F] of the features that it learned from. */
  readonly mean: Float32Array
  readonly scale: Float32Array
  /** [P] */
  readonly params: Float32Array
}

/** A safetensors file. */
export function encodeStateEncoder({ facts, mean, scale, params }: StateEncoderParts): Uint8Array {
  const one = (data: Float32Array) => ({ shape: [data.length], data })
  const text = Object.entries(facts).map(([name, value]) => [name, String(value)])
  return encodeTensors({
    tensors: { mean: one(mean), scale: one(scale), params: one(params) },
    metadata: Object.fromEntries(text),
  })
}

/** Reads such a file; `name` is for messages. Throws CarrotError 'bad-file'. */
export function decodeStateEncoder(bytes: Uint8Array, name: string): StateEncoder {
  const { tensors, metadata } = decodeTensors(bytes, name)
  const { model = '', env = '', scene = '', camera = '', bodies, width } = metadata
  const facts = { model, env, scene, camera, bodies: Number(bodies), width: Number(width) }
  const floats = (tensor: string) => tensors[tensor]?.data as Float32Array | undefined
  const [mean, scale, params] = ['mean', 'scale', 'params'].map(floats)
  const whole =
    Number.isInteger(facts.bodies) &&
    Number.isInteger(facts.width) &&
    mean?.length === featureCount(facts.bodies) &&
    scale?.length === mean.length &&
    params?.length === stateNetwork(facts).layout.size
  if (!whole) {
    throw new CarrotError(
      'bad-file',
      `${name} is no state encoder of this version.`,
      'Make it again with carrot models distil.',
    )
  }
  return stateEncoder({ facts, mean: mean!, scale: scale!, params: params! })
}

/** Runs in WebAssembly on the calling thread. */
export function stateEncoder({ facts, mean, scale, params }: StateEncoderParts): StateEncoder {
  const { bodies, width } = facts
  const F = featureCount(bodies)
  const size = bodies * POSE_WIDTH
  const { layout, network } = stateNetwork(facts)
  const graph = new Graph('state-encoder')
  const input = graph.input('features', [BATCH, F])
  const standard = input.sub(graph.constant(mean)).mul(graph.constant(scale))
  graph.output('embeddings', network(standard, layout.tensors(graph.constant(params))))
  const session: SyncSession = wasmExecutor().compileSync(graph)
  return {
    ...facts,
    encode(poses) {
      const count = poses.length / size
      if (!Number.isInteger(count)) {
        throw new CarrotError(
          'bad-argument',
          `${poses.length} numbers are no poses of ${bodies} bodies.`,
          `Give ${POSE_WIDTH} numbers a body, as ${facts.env} does.`,
        )
      }
      const out = new Float32Array(count * width)
      const features = session.input('features')
      for (let from = 0; from < count; from += BATCH) {
        const here = Math.min(BATCH, count - from)
        for (let i = 0; i < here; i++) featuresOf(poses, (from + i) * size, bodies, features, i * F)
        session.run()
        out.set(session.output('embeddings').subarray(0, here * width), from * width)
      }
      return out
    },
  }
}
