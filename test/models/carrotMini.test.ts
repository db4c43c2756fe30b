/** The model that comes with carrot. */
import { expect } from 'vitest'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { onnxAvailable } from '../../src/graph/onnxruntime.ts'
import { cosine as dot } from '../../src/models/encoding.ts'
import { loadStateEncoder } from '../../src/models/stateFiles.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { POSE_PROMPTS } from '../../src/vision/suites.ts'
import { loadDualEncoder } from '../../src/vlm/dualEncoder.ts'
import { testWith } from '../needs.ts'

const check = testWith(await onnxAvailable(), 'the embedded model: onnxruntime-node is not installed.')

check('the embedded model tells kneeling from standing, either way', async () => {
  using encoder = await loadDualEncoder()
  const size = encoder.imageSize
  using env = await humanoidPose.make(1)
  env.reset(1)
  const renderer = new SoftRenderer(env.scene, { width: size, height: size })
  const pose = env.scene.bodies.length * POSE_WIDTH
  const all = new Float32Array(2 * pose)
  const frames = new Uint8Array(2 * 4 * size * size)
  for (const [i, name] of ['kneeling', 'standing'].entries()) {
    const { qpos, qvel } = env.keyframes.find(keyframe => keyframe.name === name)!
    env.setPose(0, qpos, qvel)
    const poses = all.subarray(i * pose, (i + 1) * pose)
    env.bodyPoses(0, poses)
    frames.set(renderer.render(poses, 'vlm'), i * 4 * size * size)
  }
  const images = await encoder.encodeImages(frames, 2, size, size)
  const texts = await encoder.encodeTexts([POSE_PROMPTS.kneeling, POSE_PROMPTS.standing])
  // What the poses tell without pictures is nearly the same.
  const states = loadStateEncoder(encoder.folder, env.scene, 'vlm').encode(all)
  for (const i of [0, 1])
    expect(dot(states, i, images, i), 'agreement of states and pictures').toBeGreaterThan(0.9)
  const score = (image: number, text: number) => dot(images, image, texts, text)
  expect(score(0, 0)).toBeGreaterThan(score(1, 0))
  expect(score(1, 1)).toBeGreaterThan(score(0, 1))
  expect(score(0, 0)).toBeGreaterThan(score(0, 1))
})
