/** What is particular to each robot: when it fails, what its signals mean, how it starts. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { deviation, every, observation, round, signal, starts, UNIFORM } from './look.ts'

describe('inverted-pendulum', () => {
  test('ends when the pole leans by more than 0.2 rad', async () => {
    using env = await envById('inverted-pendulum').make(3)
    env.setPose(0, [0, 0.19], [0, 0])
    env.setPose(1, [0, 0.25], [0, 0])
    env.setPose(2, [0, -0.25], [0, 0])
    expect([0, 1, 2].map(n => signal(env, 'upright', n)[0])).toEqual([1, 0, 0])
    env.step(new Float64Array(3))
    expect(Array.from(env.terminated)).toEqual([0, 1, 1])
    expect(Array.from(env.truncated)).toEqual([0, 0, 0])
  })

  test('tells the height of the end of the pole', async () => {
    using env = await envById('inverted-pendulum').make(1)
    env.setPose(0, [0.3, 0.1], [0, 0])
    expect(signal(env, 'tipHeight')[0]).toBeCloseTo(0.6 * Math.cos(0.1) - 0.001 * Math.sin(0.1), 12)
    expect(signal(env, 'cartPosition')).toEqual([0.3])
  })

  test('starts within 0.01 of rest, evenly', async () => {
    const { qpos, qvel } = await starts('inverted-pendulum', 300)
    for (const values of [qpos, qvel]) {
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.01)
      expect(deviation(values) / 0.01).toBeCloseTo(UNIFORM, 1)
    }
  })
})

describe('inverted-double-pendulum', () => {
  test('ends when the end of the upper pole is at 1 m or below', async () => {
    using env = await envById('inverted-double-pendulum').make(4)
    // 0.6 m cos(lower) + 0.6 m cos(lower + upper)
    env.setPose(0, [0, 0, 0], [0, 0, 0])
    env.setPose(1, [0, 0.5, 0], [0, 0, 0])
    env.setPose(2, [0, 0.7, 0], [0, 0, 0])
    env.setPose(3, [0, 0.7, -0.7], [0, 0, 0])
    expect([0, 1, 2, 3].map(n => signal(env, 'upright', n)[0])).toEqual([1, 1, 0, 1])
    env.step(new Float64Array(4))
    expect(Array.from(env.terminated)).toEqual([0, 0, 1, 0])
  })

  test('tells where the end of the poles is', async () => {
    using env = await envById('inverted-double-pendulum').make(1)
    env.setPose(0, [0.3, 0.2, -0.5], [1, 0, 0])
    const [x, y, z] = signal(env, 'tipPosition')
    expect(x).toBeCloseTo(0.3 + 0.6 * Math.sin(0.2) + 0.6 * Math.sin(-0.3), 12)
    expect(y).toBe(0)
    expect(z).toBeCloseTo(0.6 * Math.cos(0.2) + 0.6 * Math.cos(-0.3), 12)
  })

  test('feels the end of the rail', async () => {
    using env = await envById('inverted-double-pendulum').make(1)
    env.setPose(0, [0.999, 0, 0], [3, 0, 0])
    for (let t = 0; t < 2; t++) env.step(Float64Array.of(1))
    expect(observation(env, 'railForce')).toEqual([-10])
    expect(Math.abs(signal(env, 'cartPosition')[0])).toBeLessThan(1.1)
  })

  test('starts with even noise on positions and normal noise on velocities', async () => {
    const { qpos, qvel } = await starts('inverted-double-pendulum', 400)
    expect(Math.max(...qpos.map(Math.abs))).toBeLessThan(0.1)
    expect(deviation(qpos) / 0.1).toBeCloseTo(UNIFORM, 1)
    expect(deviation(qvel) / 0.1).toBeCloseTo(1, 1)
    expect(Math.max(...qvel.map(Math.abs))).toBeGreaterThan(0.25)
  })
})

describe('swimmer', () => {
  const still = [0, 0, 0, 0, 0]

  test('is held by the fluid: it stops gliding, sooner sideways than lengthwise', async () => {
    using env = await envById('swimmer').make(2)
    env.setPose(0, still, [1, 0, 0, 0, 0])
    env.setPose(1, still, [0, 1, 0, 0, 0])
    for (let t = 0; t < 10; t++) env.step(new Float64Array(4))
    const along = signal(env, 'torsoVelocity', 0)[0]
    const across = signal(env, 'torsoVelocity', 1)[1]
    expect(along).toBeGreaterThan(0)
    expect(along).toBeLessThan(1)
    expect(across).toBeGreaterThan(0)
    expect(across).toBeLessThan(0.8 * along)
  })

  test('never ends by itself, and stays in its plane', async () => {
    using env = await envById('swimmer').make(1)
    for (let t = 0; t < 50; t++) env.step(Float64Array.from([Math.sin(t / 3), Math.sin(t / 3 + 1.5)]))
    expect([env.terminated[0], env.truncated[0], env.diverged[0]]).toEqual([0, 0, 0])
    for (const link of ['torso', 'front', 'middle', 'back']) expect(signal(env, `${link}Position`)[2]).toBe(0)
  })

  test('tells where its links are', async () => {
    using env = await envById('swimmer').make(1)
    env.setPose(0, [2, 3, Math.PI / 2, Math.PI / 2, 0], still)
    // Up along y; the middle link bends off by a quarter turn at the front hinge, 0.5 m ahead of the origin.
    expect(signal(env, 'torsoPosition')).toEqual([2, 3, 0])
    expect(signal(env, 'frontPosition').map(round)).toEqual([2, 4, 0])
    expect(signal(env, 'middlePosition').map(round)).toEqual([2.5, 3.5, 0])
    expect(signal(env, 'backHingePosition').map(round)).toEqual([3, 3.5, 0])
    expect(signal(env, 'backPosition').map(round)).toEqual([3.5, 3.5, 0])
  })

  test('swims when it goes forward', async () => {
    using env = await envById('swimmer').make(3)
    ;[0.1, 0.2, -0.2].forEach((speed, n) => {
      env.setPose(n, still, [speed, 0, 0, 0, 0])
    })
    expect([0, 1, 2].map(n => signal(env, 'swimming', n)[0])).toEqual([0, 1, 0])
  })
})

describe('walker2d', () => {
  const at = (height: number, pitch = 0) => [0, height, pitch, 0, 0, 0, 0, 0, 0]
  const REST = new Float64Array(9)

  test('ends when its torso is low, high, or leans', async () => {
    const poses = [at(1.25), at(0.79), at(2.05), at(1.4, 1.1), at(1.4, -1.1), at(1.25, 0.9)]
    using env = await envById('walker2d').make(poses.length)
    poses.forEach((qpos, n) => {
      env.setPose(n, qpos, REST)
    })
    expect(poses.map((_, n) => signal(env, 'healthy', n)[0])).toEqual([1, 0, 0, 0, 0, 1])
    env.step(new Float64Array(poses.length * 6))
    // The floor has thrown the one that was put into it up again.
    expect(Array.from(env.terminated)).toEqual([0, 0, 1, 1, 1, 0])
  })

  test('shows the policy velocities up to 10 and the reward all of them', async () => {
    using env = await envById('walker2d').make(1)
    env.setPose(0, at(1.25), [30, -2, -40, 0, 11, 0, 0, 0, -12])
    expect(observation(env)).toEqual([1.25, 0, 0, 0, 0, 0, 0, 0, 10, -2, -10, 0, 10, 0, 0, 0, -10])
    expect(signal(env, 'torsoVelocity')).toEqual([30, 0, -2])
    expect(signal(env, 'jointRates')).toEqual([0, 11, 0, 0, 0, -12])
    expect(signal(env, 'walking')).toEqual([1])
  })

  test('tells where its feet are now, not a physics step ago', async () => {
    using env = await envById('walker2d').make(2)
    env.setPose(0, at(1.25), REST)
    for (const foot of ['right', 'left']) {
      expect(signal(env, `${foot}FootPosition`).map(round)).toEqual([0.1, 0, 0.1])
    }
    for (let t = 0; t < 20; t++) env.step(Float64Array.from([0.5, -1, 0.3, -0.5, 0, 0, 0, 0, 0, 0, 0, 0]))
    const { qpos, qvel } = env.getPose(0)
    const feet = [signal(env, 'rightFootPosition'), signal(env, 'leftFootPosition')]
    expect(feet[0]).not.toEqual(feet[1])
    env.setPose(1, qpos, qvel)
    expect([signal(env, 'rightFootPosition', 1), signal(env, 'leftFootPosition', 1)]).toEqual(feet)
  })

  test('starts within 0.005 of upright', async () => {
    const { qpos, qvel } = await starts('walker2d', 100)
    const offsets = qpos.map((q, i) => q - at(1.25)[i % 9])
    expect(Math.max(...[...offsets, ...qvel].map(Math.abs))).toBeLessThan(0.005 + 1e-12)
    expect(deviation(every(offsets, 9, 1)) / 0.005).toBeCloseTo(UNIFORM, 1)
    expect(deviation(qvel) / 0.005).toBeCloseTo(UNIFORM, 1)
  })
})

describe('hopper', () => {
  const UPRIGHT = [0, 1.25, 0, 0, 0, 0]
  const REST = [0, 0, 0, 0, 0, 0]

  test('ends when it is low, leans, or moves wildly', async () => {
    const falls: [number[], number[]][] = [
      [UPRIGHT, REST],
      [[0, 0.69, 0, 0, 0, 0], REST],
      [[0, 1.25, 0.21, 0, 0, 0], REST],
      [[0, 1.25, -0.21, 0, 0, 0], REST],
      [UPRIGHT, [101, 0, 0, 0, 0, 0]],
      // How far it has come is not bounded.
      [[500, 1.25, 0, 0, 0, 0], REST],
    ]
    using env = await envById('hopper').make(falls.length)
    falls.forEach(([qpos, qvel], n) => {
      env.setPose(n, qpos, qvel)
    })
    const healthy = falls.map((_, n) => signal(env, 'healthy', n)[0])
    expect(healthy).toEqual([1, 0, 0, 0, 0, 1])
    env.step(new Float64Array(falls.length * 3))
    // The floor has thrown the one that was put into it up again.
    const ended = [0, 0, 1, 1, 1, 0]
    expect(Array.from(env.terminated)).toEqual(ended)
    expect(falls.map((_, n) => signal(env, 'healthy', n)[0])).toEqual(ended.map(flag => 1 - flag))
  })

  test('shows the policy velocities up to 10 and the reward all of them', async () => {
    using env = await envById('hopper').make(1)
    env.setPose(0, UPRIGHT, [30, -2, -40, 0, 11, 0])
    expect(Array.from(env.obs)).toEqual([1.25, 0, 0, 0, 0, 10, -2, -10, 0, 10, 0])
    expect(signal(env, 'torsoVelocity')).toEqual([30, 0, -2])
    expect(signal(env, 'pitchRate')).toEqual([-40])
  })

  test('tells where its foot is now, not a physics step ago', async () => {
    using env = await envById('hopper').make(2)
    env.setPose(0, UPRIGHT, [0, 0, 0, 0, 0, 0])
    // The foot's centre lies 6.5 cm ahead of the ankle and 1.15 m below the torso.
    const [x, y, z] = signal(env, 'footPosition')
    expect([x, y, z].map(round)).toEqual([0.065, 0, 0.1])
    for (let t = 0; t < 20; t++) env.step(Float64Array.from([0.5, -1, 0.3, 0, 0, 0]))
    const { qpos, qvel } = env.getPose(0)
    const foot = signal(env, 'footPosition')
    env.setPose(1, qpos, qvel)
    expect(signal(env, 'footPosition', 1)).toEqual(foot)
  })

  test('starts within 0.005 of upright', async () => {
    const { qpos, qvel } = await starts('hopper', 100)
    const offsets = qpos.map((q, i) => q - UPRIGHT[i % 6])
    expect(Math.max(...[...offsets, ...qvel].map(Math.abs))).toBeLessThan(0.005 + 1e-12)
    expect(deviation(offsets) / 0.005).toBeCloseTo(UNIFORM, 1)
    expect(deviation(qvel) / 0.005).toBeCloseTo(UNIFORM, 1)
  })
})

describe('half-cheetah', () => {
  test('never ends by itself', async () => {
    using env = await envById('half-cheetah').make(1)
    env.setPose(0, [0, 0.2, Math.PI, 0, 0, 0, 0, 0, 0], [0, 0, 50, 0, 0, 0, 0, 0, 0])
    for (let t = 0; t < 30; t++) env.step(new Float64Array(6).fill(1))
    expect(env.terminated[0]).toBe(0)
    expect(env.diverged[0]).toBe(0)
    expect(env.stepInEpisode[0]).toBe(30)
  })

  test('tells where its feet are', async () => {
    using env = await envById('half-cheetah').make(1)
    env.setPose(0, new Float64Array(9), new Float64Array(9))
    // Sums of the offsets from body to body in the model.
    expect(signal(env, 'backFootPosition').map(round)).toEqual([-0.59, 0, 0.213])
    expect(signal(env, 'frontFootPosition').map(round)).toEqual([0.535, 0, 0.21])
  })

  test('starts with even noise on positions and normal noise on velocities', async () => {
    const { qpos, qvel } = await starts('half-cheetah', 200)
    expect(Math.max(...qpos.map(Math.abs))).toBeLessThan(0.1)
    expect(deviation(qpos) / 0.1).toBeCloseTo(UNIFORM, 1)
    expect(deviation(qvel) / 0.1).toBeCloseTo(1, 1)
    expect(Math.max(...qvel.map(Math.abs))).toBeGreaterThan(0.25)
  })
})

describe('ant', () => {
  const POSE = [0, 0, 0.75, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1]
  const REST = Array(14).fill(0)
  const at = (height: number) => POSE.map((q, i) => (i === 2 ? height : q))

  test('ends when its torso is too low or too high', async () => {
    using env = await envById('ant').make(4)
    ;[0.75, 0.1, 1.5, 0.9].forEach((height, n) => {
      env.setPose(n, at(height), n === 3 ? REST.map((_, i) => (i === 2 ? 5 : 0)) : REST)
    })
    expect([0, 1, 2, 3].map(n => signal(env, 'healthy', n)[0])).toEqual([1, 0, 0, 1])
    env.step(new Float64Array(4 * 8))
    // The floor has thrown the low one up again; the last one has jumped.
    expect(Array.from(env.terminated)).toEqual([0, 0, 1, 1])
    expect([0, 1, 2, 3].map(n => signal(env, 'healthy', n)[0])).toEqual([1, 1, 0, 0])
  })

  test('tells how upright it is, whatever the length of the quaternion', async () => {
    using env = await envById('ant').make(1)
    const tilt = 0.7
    const quaternion = [Math.cos(tilt / 2), 0, Math.sin(tilt / 2), 0].map(q => 1.1 * q)
    env.setPose(0, [0, 0, 0.9, ...quaternion, ...POSE.slice(7)], REST)
    expect(signal(env, 'torsoUp')[0]).toBeCloseTo(Math.cos(tilt), 12)
    expect(Math.hypot(...signal(env, 'torsoOrientation'))).toBeCloseTo(1, 12)
    env.setPose(0, [0, 0, 0.9, 0, 1, 0, 0, ...POSE.slice(7)], REST)
    expect(signal(env, 'torsoUp')[0]).toBeCloseTo(-1, 12)
  })

  test('feels the ground: forces hold its weight, the policy sees them within 1', async () => {
    using env = await envById('ant').make(1)
    env.setPose(0, at(0.6), REST)
    expect(signal(env, 'contactForces').every(f => f === 0)).toBe(true)
    for (let t = 0; t < 60; t++) env.step(new Float64Array(8))
    const forces = signal(env, 'contactForces')
    const up = forces.filter((_, i) => i % 3 === 2)
    const WEIGHT = 0.9108800827073915 * 9.81 // N
    expect(up.slice(1).reduce((sum, f) => sum + f, 0) / WEIGHT).toBeCloseTo(1, 1)
    const { offset, width } = layoutOf(env.spec.obs).slots.contacts
    const seen = Array.from(env.obs.subarray(offset, offset + width))
    expect(Math.max(...seen.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(seen.some(x => Math.abs(x) === 1)).toBe(true)
    // The world is left out of what the policy sees; force follows torque.
    expect(seen[3 + 2]).toBe(Math.max(-1, Math.min(1, forces[3 + 2])))
  })
})
