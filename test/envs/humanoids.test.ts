/** What is particular to the humanoids: when they fail, what their signals mean, how they start. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { deviation, observation, round, signal, starts, UNIFORM } from './look.ts'

const HINGES = Array(17).fill(0)
const REST = Array(23).fill(0)
const MASS = 42.11603049212989 // kg
/** Standing or lying: the pose of the torso, all hinges at 0. */
const pose = (height: number, quaternion = [1, 0, 0, 0]) => [0, 0, height, ...quaternion, ...HINGES]

describe('humanoid', () => {
  test('ends when its torso is too low or too high', async () => {
    using env = await envById('humanoid').make(4)
    ;[1.4, 0.95, 2.05, 1.95].forEach((height, n) => {
      env.setPose(n, pose(height), n === 3 ? REST.map((_, i) => (i === 2 ? 10 : 0)) : REST)
    })
    expect([0, 1, 2, 3].map(n => signal(env, 'healthy', n)[0])).toEqual([1, 0, 0, 1])
    env.step(new Float64Array(4 * 17))
    // The floor throws the low one up; the last one has jumped.
    const healthy = [0, 1, 2, 3].map(n => signal(env, 'healthy', n)[0])
    expect(healthy.slice(2)).toEqual([0, 0])
    expect(Array.from(env.terminated)).toEqual(healthy.map(flag => 1 - flag))
  })

  test('tells where its parts are', async () => {
    using env = await envById('humanoid').make(1)
    env.setPose(0, pose(1.4), REST)
    expect(signal(env, 'headPosition').map(round)).toEqual([0, 0, 1.59])
    expect(signal(env, 'rightHandPosition').map(round)).toEqual([0.36, -0.17, 1.46])
    expect(signal(env, 'leftHandPosition').map(round)).toEqual([0.36, 0.17, 1.46])
    const [right, left] = [signal(env, 'rightFootPosition'), signal(env, 'leftFootPosition')]
    expect(right[1]).toBeCloseTo(-left[1], 12)
    expect(right[2]).toBeCloseTo(0.182, 3)
    expect(signal(env, 'pelvisPosition')[2]).toBeCloseTo(0.975, 3)
    const [x, y, z] = signal(env, 'centreOfMass')
    expect([x, z]).toEqual([expect.closeTo(0.014956510374, 9), expect.closeTo(0.945682508406, 9)])
    expect(y).toBeCloseTo(0, 12)
  })

  test('tells how upright it is', async () => {
    using env = await envById('humanoid').make(2)
    const tilt = 0.7
    env.setPose(0, pose(1.4, [Math.cos(tilt / 2), 0, Math.sin(tilt / 2), 0]), REST)
    env.setPose(1, pose(1.4, [0, 1, 0, 0]), REST)
    expect(signal(env, 'torsoUp', 0)[0]).toBeCloseTo(Math.cos(tilt), 12)
    expect(signal(env, 'torsoUp', 1)[0]).toBeCloseTo(-1, 12)
  })

  test('takes actions of a little more than its motors do, and they hold them to their range', async () => {
    using env = await envById('humanoid').make(1)
    const { action } = env.spec
    expect(action.high[0]).toBe(Math.fround(0.4))
    env.setPose(0, pose(1.4), REST)
    env.step(new Float64Array(17).fill(1))
    expect(env.applied[0]).toBe(Math.fround(0.4))
    // N·m: gear times 0.4, whatever was asked for beyond.
    const torques = signal(env, 'motorTorques').map(round)
    expect(torques.slice(0, 7)).toEqual([40, 40, 40, 40, 40, 120, 80])
    expect(torques.slice(11)).toEqual(Array(6).fill(10))
  })

  test('names its motors in the order of the model, not of the joints', async () => {
    using env = await envById('humanoid').make(1)
    env.setPose(0, pose(1.4), REST)
    const action = new Float64Array(17)
    action[env.spec.action.names.indexOf('abdomen_y')] = 0.1
    action[env.spec.action.names.indexOf('left_elbow')] = -0.2
    env.step(action)
    // Joints: abdomen z, then y; the left elbow is the last.
    expect(signal(env, 'motorTorques').map(round)).toEqual([0, 10, ...Array(14).fill(0), -5])
  })

  test('measures its legs: knee less hip', async () => {
    using env = await envById('humanoid').make(1)
    const bent = pose(1.4)
    const [rightHip, rightKnee, leftHip, leftKnee] = [12, 13, 16, 17]
    bent[rightHip] = -0.5
    bent[rightKnee] = -0.3
    bent[leftHip] = 0.2
    bent[leftKnee] = -1
    env.setPose(0, bent, REST)
    expect(signal(env, 'jointAngles').filter(q => q !== 0)).toEqual([-0.5, -0.3, 0.2, -1])
    expect(signal(env, 'kneeStretch').map(round)).toEqual([-1.2, 0.2])
  })

  test('feels the ground: forces hold its weight, and the policy sees them', async () => {
    using env = await envById('humanoid').make(1)
    const { keyframes } = env
    const standing = keyframes.find(({ name }) => name === 'standing')!
    env.setPose(0, standing.qpos, standing.qvel)
    for (const foot of ['right', 'left']) {
      // The sole is a ball of 7.5 cm.
      expect(signal(env, `${foot}FootPosition`)[2]).toBeCloseTo(0.075, 2)
    }
    for (let t = 0; t < 8; t++) env.step(new Float64Array(17))
    const up = signal(env, 'contactForces').filter((_, i) => i % 3 === 2)
    const held = up.slice(1).reduce((sum, f) => sum + f, 0)
    expect(held).toBeGreaterThan(0.3 * MASS * 9.81)
    expect(held).toBeLessThan(3 * MASS * 9.81)
    // Only the feet, bodies 6 and 9, are on it.
    expect(up.flatMap((f, body) => (f === 0 || body === 0 ? [] : [body]))).toEqual([6, 9])
    const { offset } = layoutOf(env.spec.obs).slots.bodyForces
    expect(env.obs[offset + 6 * 5 + 5]).toBe(up[6])
  })

  test('starts within 0.01 of upright', async () => {
    const { qpos, qvel } = await starts('humanoid', 50)
    const offsets = qpos.map((q, i) => q - pose(1.4)[i % 24])
    expect(Math.max(...[...offsets, ...qvel].map(Math.abs))).toBeLessThan(0.01 + 1e-12)
    expect(deviation(offsets) / 0.01).toBeCloseTo(UNIFORM, 1)
    expect(deviation(qvel) / 0.01).toBeCloseTo(UNIFORM, 1)
  })
})

describe('humanoid-standup', () => {
  test('lies on its back: head at -x, feet at +x, all near the ground', async () => {
    using env = await envById('humanoid-standup').make(1)
    env.setPose(0, pose(0.105), REST)
    expect(signal(env, 'headPosition').map(round)).toEqual([-0.15, 0, 0.105])
    expect(signal(env, 'leftFootPosition')[0]).toBeGreaterThan(1)
    expect(signal(env, 'leftFootPosition')[2]).toBeLessThan(0.12)
    expect(signal(env, 'torsoUp')[0]).toBe(0)
    expect(signal(env, 'standing')).toEqual([0])
  })

  test('stands when its head is up, and the torso says so', async () => {
    using env = await envById('humanoid-standup').make(2)
    const half = Math.SQRT1_2
    // A quarter turn about y lifts the head, at −x, over the feet.
    env.setPose(0, pose(1.3, [half, 0, half, 0]), REST)
    env.setPose(1, pose(1.3, [half, 0, -half, 0]), REST)
    expect([0, 1].map(n => round(signal(env, 'torsoUp', n)[0]))).toEqual([1, -1])
    expect(signal(env, 'headPosition', 0).map(round)).toEqual([0, 0, 1.45])
    expect([0, 1].map(n => signal(env, 'standing', n)[0])).toEqual([1, 0])
  })

  test('never ends by itself', async () => {
    using env = await envById('humanoid-standup').make(1)
    env.setPose(0, pose(3), REST)
    for (let t = 0; t < 60; t++) env.step(new Float64Array(17).fill(t % 2 === 0 ? 0.4 : -0.4))
    expect([env.terminated[0], env.truncated[0], env.diverged[0]]).toEqual([0, 0, 0])
    expect(observation(env).length).toBe(348)
  })
})
