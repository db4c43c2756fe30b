/** What Gymnasium's recordings do not tell of the classic tasks: their ends, and the variant for rewards from pictures. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { fromBase64 } from '../../src/core/base64.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { solve } from '../../src/solve.ts'
import { deviation, observation, signal, starts, UNIFORM } from './look.ts'

const VLM_RM = { variant: 'vlm-rm' }

describe('cartpole', () => {
  test('knows two pushes, whatever the size of the action', async () => {
    using env = await envById('cartpole').make(5)
    for (let n = 0; n < 5; n++) env.setPose(n, [0, 0], [0, 0])
    env.step(Float64Array.from([1, 0.01, -1, -0.3, 0]))
    const speeds = [0, 1, 2, 3, 4].map(n => observation(env, 'cartVelocity', n)[0])
    expect(speeds[0]).toBeGreaterThan(0)
    expect(speeds).toEqual([speeds[0], speeds[0], -speeds[0], -speeds[0], -speeds[0]])
    expect(env.spec.action.choices).toEqual([[-1], [1]])
  })

  test('ends where the pole leans too far or the track does', async () => {
    const degree = Math.PI / 180
    const poses = [
      [0, 11.9 * degree],
      [0, 12.1 * degree],
      [2.39, 0],
      [-2.41, 0],
    ]
    using env = await envById('cartpole').make(4)
    poses.forEach((pose, n) => {
      env.setPose(n, pose, [0, 0])
    })
    expect(poses.map((_, n) => signal(env, 'balanced', n)[0])).toEqual([1, 0, 1, 0])
    env.step(new Float64Array(4).fill(1))
    expect(Array.from(env.terminated)).toEqual([0, 1, 0, 1])
  })

  test('starts within 0.05 of rest, evenly', async () => {
    const { qpos, qvel } = await starts('cartpole', 300)
    for (const values of [qpos, qvel]) {
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.05)
      expect(deviation(values) / 0.05).toBeCloseTo(UNIFORM, 1)
    }
  })

  test('of the VLM-RM paper goes on with the pole hanging and the cart at its stop', async () => {
    using env = await envById('cartpole').configure(VLM_RM).make(1)
    env.setPose(0, [2.3, 3.1], [1, 2])
    const angles: number[] = []
    for (let t = 0; t < 100; t++) {
      env.step(Float64Array.of(1))
      angles.push(signal(env, 'poleAngle')[0])
      expect(signal(env, 'cartPosition')[0]).toBeLessThanOrEqual(2.4)
    }
    expect(Math.max(...angles.map(Math.abs))).toBeLessThanOrEqual(Math.PI)
    // It went over the top side of ±π at least once.
    expect(angles.some((a, i) => i > 0 && Math.abs(a - angles[i - 1]) > Math.PI)).toBe(true)
    expect([env.terminated[0], signal(env, 'balanced')[0], signal(env, 'dropped')[0]]).toEqual([0, 0, 1])
    expect(env.spec.maxSteps).toBe(200)
  })

  test('shows the pole where its signals have it', async () => {
    using env = await envById('cartpole').make(1)
    env.setPose(0, [0.3, 0.5], [0, 0])
    const poses = new Float32Array(3 * POSE_WIDTH)
    env.bodyPoses(0, poses)
    const [x, , , w, , y] = poses.subarray(2 * POSE_WIDTH)
    // The z axis of the pole: (2wy, 0, 1 − 2y²).
    expect(x).toBeCloseTo(0.3, 6)
    expect(2 * w * y).toBeCloseTo(Math.sin(0.5), 6)
    expect(1 - 2 * y * y).toBeCloseTo(signal(env, 'tipHeight')[0], 6)
  })
})

describe('mountain-car', () => {
  test('starts at rest in the valley', async () => {
    const { qpos, qvel } = await starts('mountain-car', 200)
    expect(Math.min(...qpos)).toBeGreaterThan(-0.6)
    expect(Math.max(...qpos)).toBeLessThan(-0.4)
    expect(deviation(qpos) / 0.1).toBeCloseTo(UNIFORM, 1)
    expect(qvel.every(v => v === 0)).toBe(true)
  })

  test('is too weak to drive straight up, and gets there by rocking', async () => {
    using env = await envById('mountain-car').make(1)
    env.setPose(0, [-0.5], [0])
    for (let t = 0; t < 900; t++) env.step(Float64Array.of(1))
    expect(env.terminated[0]).toBe(0)
    expect(Math.abs(signal(env, 'carPosition')[0])).toBeLessThan(0.45)
  })

  test('of the VLM-RM paper keeps the car at the goal', async () => {
    using env = await envById('mountain-car').configure(VLM_RM).make(1)
    env.setPose(0, [0.44], [0.05])
    env.step(Float64Array.of(0))
    expect(signal(env, 'carPosition')).toEqual([0.45])
    for (let t = 0; t < 20; t++) env.step(Float64Array.of(-1))
    expect([signal(env, 'carPosition')[0], signal(env, 'atGoal')[0], env.terminated[0]]).toEqual([0.45, 1, 0])
    expect(env.spec.maxSteps).toBe(200)
  })
})

test.each(['cartpole', 'mountain-car'])(
  '%s looks otherwise when it is textured, and moves the same',
  async id => {
    using plain = await envById(id).make(1)
    using textured = await envById(id).configure({ textured: true }).make(1)
    const { geoms, textures = [], sky } = textured.scene
    expect(sky).toBeDefined()
    for (const { kind, width, height, pixels } of textures) {
      const bytes = fromBase64(pixels)
      expect([kind, bytes.length]).toEqual(['flat', 3 * width * height])
      expect(new Set(bytes).size).toBeGreaterThan(20)
    }
    const used = new Set(geoms.flatMap(({ texture }) => (texture === undefined ? [] : [texture.texture])))
    expect([...used].sort()).toEqual(textures.map((_, i) => i))
    expect(geoms.map(({ name }) => name)).toEqual(plain.scene.geoms.map(({ name }) => name))
    const pictures = [plain, textured].map(env => {
      env.reset(1)
      for (let t = 0; t < 5; t++) env.step(Float64Array.of(1))
      const poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
      env.bodyPoses(0, poses)
      const picture = new SoftRenderer(env.scene, { width: 48, height: 48 }).render(poses, 'side')
      return { poses: Array.from(poses), picture: picture.slice() }
    })
    expect(pictures[1].poses).toEqual(pictures[0].poses)
    expect(pictures[1].picture).not.toEqual(pictures[0].picture)
  },
)

test.each(['cartpole', 'mountain-car'])('%s is solved by its expert, and not by chance', async id => {
  const options = { episodes: 20, seed: 1 }
  expect((await solve(envById(id), 'expert', options)).successRate).toBe(1)
  expect((await solve(envById(id), 'random', options)).successRate).toBeLessThan(0.1)
  expect((await solve(envById(id), 'zero', options)).successRate).toBe(0)
  expect((await solve(envById(id).configure(VLM_RM), 'expert', options)).successRate).toBe(1)
})
