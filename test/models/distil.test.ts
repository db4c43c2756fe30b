/** From poses to embeddings without pictures. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cartPole } from '../../envs/classicControl/cartPole.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { onnxAvailable } from '../../src/graph/onnxruntime.ts'
import { distil } from '../../src/models/distil.ts'
import {
  decodeStateEncoder,
  encodeStateEncoder,
  stateEncoder,
  stateNetwork,
} from '../../src/models/stateEncoder.ts'
import { loadStateEncoder, saveStateEncoder, sightOf } from '../../src/models/stateFiles.ts'
import { testWith } from '../needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-distil-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const envOptions = { textured: true }
const check = testWith(await onnxAvailable(), 'distilling a model: onnxruntime-node is not installed.')

check('a state encoder learns what the model sees of cart-pole, and its file keeps it', async () => {
  const { parts, cosine } = await distil('cartpole', { envOptions, seed: 1, states: 240, steps: 250 })
  expect(parts.facts).toMatchObject({ model: 'carrot-mini', env: 'cartpole', camera: 'side' })
  expect(cosine).toBeGreaterThan(0.9)
  saveStateEncoder(folder, parts)
  using env = await cartPole.configure(envOptions).make(1)
  env.reset(1)
  const pose = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  env.bodyPoses(0, pose)
  const loaded = loadStateEncoder(folder, env.scene, 'side')
  const [embedding, again] = [stateEncoder(parts).encode(pose), loaded.encode(pose)]
  expect(again).toEqual(embedding)
  expect(Math.hypot(...embedding)).toBeCloseTo(1, 4)
  // Another camera, and another look, were not learned.
  expect(() => loadStateEncoder(folder, env.scene, 'corner')).toThrow(/what camera 'corner' sees/)
  using plain = await cartPole.make(1)
  expect(() => loadStateEncoder(folder, plain.scene, 'side')).toThrow(/what camera 'side' sees/)
})

test('a model whose id ends in +states is asked of poses', () => {
  expect(sightOf('carrot-mini+states')).toEqual({ model: 'carrot-mini', fromStates: true })
  expect(sightOf('carrot-mini')).toEqual({ model: 'carrot-mini', fromStates: false })
})

const facts = { model: 'carrot-mini', env: 'cartpole', scene: 'a', camera: 'side', bodies: 3, width: 4 }
const made = (): Parameters<typeof stateEncoder>[0] => ({
  facts,
  mean: new Float32Array(18),
  scale: new Float32Array(18).fill(1),
  params: stateNetwork(facts).layout.initialise(new Rng(1, STREAM.init)),
})

test('every state is encoded by itself, however many there are', () => {
  const encoder = stateEncoder(made())
  const rng = new Rng(1, STREAM.data)
  const poses = Float32Array.from({ length: 70 * 3 * POSE_WIDTH }, () => rng.normal())
  const all = encoder.encode(poses)
  const size = 3 * POSE_WIDTH
  for (const i of [0, 63, 64, 69])
    expect(encoder.encode(poses.slice(i * size, (i + 1) * size))).toEqual(all.slice(4 * i, 4 * i + 4))
})

test('poses of another scene and files of other sizes are refused', () => {
  const parts = made()
  expect(() => stateEncoder(parts).encode(new Float32Array(20))).toThrow(/no poses of 3 bodies/)
  const bytes = encodeStateEncoder({ ...parts, mean: new Float32Array(9) })
  expect(() => decodeStateEncoder(bytes, 'x.safetensors')).toThrow(/x\.safetensors is no state encoder/)
})
