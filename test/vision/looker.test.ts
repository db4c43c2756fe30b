import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { vlm } from '../../rewards/index.ts'
import { Rng } from '../../src/core/rng.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { EMBEDDED_MODEL } from '../../src/core/vision.ts'
import { cameraFor, Looker } from '../../src/vision/looker.ts'
import { Sight } from '../../src/vision/sight.ts'
import { useSoftwareVulkan } from '../graph/vulkan.ts'
import { dawnTest } from '../render/dawn.ts'

/** [states, bodies, 7] of a pole that leans every way. */
async function posesOf(states: number) {
  using env = await envById('cartpole').make(1)
  const size = env.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(states * size)
  const rng = new Rng(2, 1)
  for (let i = 0; i < states; i++) {
    env.setPose(0, [rng.range(-2, 2), rng.range(-3, 3)], [0, 0])
    env.bodyPoses(0, poses.subarray(i * size, (i + 1) * size))
  }
  return { scene: env.scene, poses, size }
}

test('the embedded model says the same of a state to the bit, whatever is looked at beside it and by how many workers', async () => {
  const { scene, poses, size } = await posesOf(40)
  await using one = await Looker.open(scene, EMBEDDED_MODEL, 1)
  await using three = await Looker.open(scene, EMBEDDED_MODEL, 3)
  const cameras = ['side', 'corner']
  const inOrder = await one.look(poses, cameras)
  const order = Array.from({ length: 40 }, (_, i) => (7 * i) % 40)
  const turned = new Float32Array(poses.length)
  order.forEach((state, i) => {
    turned.set(poses.subarray(state * size, (state + 1) * size), i * size)
  })
  const shuffled = await three.look(turned, cameras)
  const width = cameras.length * one.width
  order.forEach((state, i) => {
    const there = inOrder.slice(state * width, (state + 1) * width)
    expect(shuffled.slice(i * width, (i + 1) * width)).toEqual(there)
    for (const camera of [0, 1]) {
      const embedding = there.subarray(camera * one.width, (camera + 1) * one.width)
      expect(embedding.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5)
    }
  })
  expect(one.unknownWords('a pole and a zebra')).toEqual(['zebra'])
})

test('the embedded model pays an upright pole more than a fallen one', async () => {
  using env = await envById('cartpole').make(1)
  const size = env.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(2 * size)
  env.keyframes
    .filter(({ name }) => name !== 'leaning')
    .forEach(({ qpos, qvel }, i) => {
      env.setPose(0, qpos, qvel)
      env.bodyPoses(0, poses.subarray(i * size, (i + 1) * size))
    })
  await using looker = await Looker.open(env.scene, EMBEDDED_MODEL, 1)
  const { vision } = vlm({
    weight: 1,
    prompt: 'pole vertically upright on top of the cart',
    baseline: 'pole and cart',
  })
  const sight = await Sight.open(vision, looker)
  const [[upright], [hanging]] = await sight.see(poses)
  expect(upright.goal).toBeGreaterThan(hanging.goal + 0.1)
  expect(cameraFor(env.scene, '')).toBe('side')
  expect(() => cameraFor({ ...env.scene, cameras: [] }, '')).toThrow('The scene has no camera')
})

dawnTest('what a graphics card draws looks the same to the embedded model', async () => {
  useSoftwareVulkan()
  const { scene, poses } = await posesOf(20)
  const cameras = ['side', 'corner']
  await using soft = await Looker.open(scene, EMBEDDED_MODEL, 1)
  const wanted = await soft.look(poses, cameras)
  await using card = await Looker.open(scene, EMBEDDED_MODEL, 2, 'software')
  const seen = await card.look(poses, cameras)
  for (let at = 0; at < wanted.length; at += soft.width) {
    const pair = [wanted, seen].map(all => all.subarray(at, at + soft.width))
    const cosine = pair[0].reduce((sum, x, i) => sum + x * pair[1][i], 0)
    expect(cosine).toBeGreaterThan(0.97)
  }
  await expect(Looker.open(scene, EMBEDDED_MODEL, 1, 'gpu')).rejects.toThrow(/is software/)
})
