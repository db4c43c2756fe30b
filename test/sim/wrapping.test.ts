/** What is put around an environment does what it says, and repeats to the bit. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import type { EnvDefinition, VectorEnv } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { defineKinematicEnv } from '../../src/sim/defineKinematicEnv.ts'
import { envContract } from '../contract/env.ts'
import { BALL, ball } from './model.ts'

const hopper = envById('hopper')
const O = 11

async function played(definition: EnvDefinition, steps: number, action = 0.3): Promise<number[][]> {
  using env = await definition.make(2)
  env.reset(5)
  const push = new Float64Array(env.applied.length).fill(action)
  return Array.from({ length: steps }, () => {
    env.step(push)
    return Array.from(env.obs)
  })
}

// What is drawn and kept must not break any promise of an environment.
envContract(
  hopper.wrap({
    frameStack: 3,
    actionRepeat: 2,
    obsNoise: 0.01,
    mass: [0.9, 1.1],
    friction: [0.5, 1.5],
    gain: [0.8, 1.2],
    damping: [0.5, 2],
  }),
)

describe('a wrapping', () => {
  test('keeps the clock it is given', async () => {
    const { spec } = hopper.wrap({ maxSteps: 7 })
    expect(spec).toMatchObject({ maxSteps: 7, dt: 0.008 })
    using env = await hopper.wrap({ maxSteps: 7 }).make(1)
    for (let t = 0; t < 7; t++) env.step(new Float64Array(3))
    expect(env.truncated[0]).toBe(1)
  })

  test('repeats actions, with the clock in step', async () => {
    const twice = hopper.wrap({ actionRepeat: 2 })
    expect(twice.spec).toMatchObject({ maxSteps: 500, dt: 0.016 })
    const single = await played(hopper, 10)
    expect(await played(twice, 5)).toEqual([1, 3, 5, 7, 9].map(t => single[t]))
  })

  test('stops repeating where the task ends', async () => {
    using once = await hopper.make(1)
    using often = await hopper.wrap({ actionRepeat: 50 }).make(1)
    for (const env of [once, often]) env.reset(1)
    let steps = 0
    for (; once.terminated[0] === 0; steps++) once.step(new Float64Array(3).fill(1))
    for (let t = 0; often.terminated[0] === 0; t++) {
      expect(t * 50).toBeLessThan(steps)
      often.step(new Float64Array(3).fill(1))
    }
    expect(Array.from(often.obs)).toEqual(Array.from(once.obs))
  })

  test('shows what was seen before, the newest first', async () => {
    const stacked = hopper.wrap({ frameStack: 3 })
    expect(Object.keys(stacked.spec.obs).slice(5, 8)).toEqual([
      'jointRates',
      'torsoHeightAgo1',
      'torsoPitchAgo1',
    ])
    const single = await played(hopper, 4)
    const frames = (await played(stacked, 4)).map(obs => obs.slice(0, 3 * O))
    const of = (t: number) => single[t].slice(0, O)
    expect(frames[3]).toEqual([...of(3), ...of(2), ...of(1)])
    using env = await stacked.make(1)
    expect(Array.from(env.obs.subarray(O, 2 * O))).toEqual(Array.from(env.obs.subarray(0, O)))
  })

  test('delays actions, by as much as was drawn', async () => {
    using late = await hopper.wrap({ delay: 2 }).make(1)
    const given = Array.from({ length: 6 }, (_, t) => (t + 1) / 10)
    const executed = given.map(push => {
      late.step(Float64Array.of(push, push, push))
      return late.applied[0]
    })
    expect(executed).toEqual([0, 0, 0.1, 0.2, 0.3, 0.4])
    using some = await hopper.wrap({ delay: [0, 3] }).make(40)
    some.step(new Float64Array(120).fill(1))
    const at = Array.from({ length: 40 }, (_, n) => some.applied[3 * n])
    expect(new Set(at)).toEqual(new Set([0, 1]))
  })

  test('adds noise to what is seen and to what is done, and to nothing else', async () => {
    const noisy = hopper.wrap({ obsNoise: { torsoHeight: 0.5 } })
    using env = await noisy.make(200)
    using plain = await hopper.make(200)
    for (const each of [env, plain]) {
      each.reset(3)
      each.step(new Float64Array(600))
    }
    expect(env.signals).toEqual(plain.signals)
    const errors = Array.from({ length: 200 }, (_, n) => env.obs[n * O] - plain.obs[n * O])
    expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 200)).toBeCloseTo(0.5, 1)
    expect(env.obs[1]).toBe(plain.obs[1])
    using shaky = await hopper.wrap({ actionNoise: 0.2 }).make(200)
    shaky.step(new Float64Array(600))
    const pushes = Array.from(shaky.applied)
    expect(Math.sqrt(pushes.reduce((sum, e) => sum + e * e, 0) / 600)).toBeCloseTo(0.2, 1)
  })
})

test('noise and delays go on from a saved state', async () => {
  const disturbed = hopper.wrap({ obsNoise: 0.01, actionNoise: 0.1, delay: [1, 3] })
  using env = await disturbed.make(4)
  using again = await disturbed.make(4)
  const push = (t: number) => Float64Array.from({ length: 12 }, (_, i) => Math.sin(i + t))
  for (const each of [env, again]) each.reset(2)
  for (let t = 0; t < 9; t++) env.step(push(t))
  const state = new Float64Array(env.stateSize)
  for (let row = 0; row < 4; row++) {
    env.getState(row, state)
    again.setState(row, state)
  }
  for (let t = 9; t < 60; t++) {
    for (const each of [env, again]) each.step(push(t))
    expect(again.obs).toEqual(env.obs)
    expect(again.applied).toEqual(env.applied)
  }
})

describe('factors on the physics', () => {
  const strong = BALL.replace('gear="10"', 'gear="100"')
  const speedAfter = (env: VectorEnv, push: number): number[] => {
    env.step(new Float64Array(env.size).fill(push))
    return Array.from({ length: env.size }, (_, n) => env.getPose(n).qvel[0])
  }

  test('change what they say, by as much as they say', async () => {
    const light = defineEnv(ball({}, strong))
    using one = await light.make(1)
    using heavy = await light.wrap({ mass: 2 }).make(2)
    using powerful = await light.wrap({ gain: 2 }).make(2)
    // A push of 100 N on 4.19 kg against gravity, for 0.02 s.
    const gravity = 9.81 * 0.02
    const [plain] = speedAfter(one, 1)
    expect(speedAfter(heavy, 1)[1] + gravity).toBeCloseTo((plain + gravity) / 2, 9)
    expect(speedAfter(powerful, 1)[1] + gravity).toBeCloseTo((plain + gravity) * 2, 9)
  })

  test('are drawn anew for every episode, row by row, and belong to the state', async () => {
    const varied = defineEnv(ball({}, strong)).wrap({ mass: [0.5, 2] })
    using env = await varied.make(3)
    using other = await varied.make(3)
    const first = speedAfter(env, 1)
    expect(new Set(first).size).toBe(3)
    const state = new Float64Array(env.stateSize)
    env.getState(2, state)
    other.setState(0, state)
    expect(speedAfter(other, 1)[0]).toBe(speedAfter(env, 1)[2])
    state[0] = env.spec.maxSteps - 1
    env.setState(1, state)
    env.step(new Float64Array(3))
    env.step(new Float64Array(3))
    expect(env.episode[1]).toBe(1)
    expect(speedAfter(env, 1)[1]).not.toBe(first[1])
  })
})

test('what cannot be is refused', () => {
  const refused = (wrapping: object, words: RegExp) => expect(() => hopper.wrap(wrapping)).toThrow(words)
  refused({ frameStack: 0 }, /frameStack is 0/)
  refused({ actionRepeat: 1.5 }, /actionRepeat is 1.5/)
  refused({ delay: [2, 1] }, /delay is 2 to 1/)
  refused({ obsNoise: { torsoHeigth: 1 } }, /noise on 'torsoHeigth'/)
  refused({ obsNoise: -1 }, /negative noise/)
  refused({ mass: [0, 1] }, /factor on mass is drawn from 0 to 1/)
})

test('dynamics of their own have no masses', async () => {
  const point = defineKinematicEnv({
    id: 'point',
    version: 1,
    about: 'A point.',
    dt: 0.1,
    maxSteps: 10,
    defaultReward: null,
    success: null,
    action: { names: ['push'], low: [-1], high: [1], unit: '1' },
    positions: 1,
    velocities: 1,
    obs: {},
    signals: {},
    start: (state, rng) => {
      state[0] = rng.uniform()
    },
    step: (state, action, at) => {
      state[0] += action[at]
    },
    isTerminal: () => false,
    scene: { bodies: ['world'], geoms: [], cameras: [], extent: 1 },
    keyframes: [],
    poses: () => undefined,
  })
  await expect(point.wrap({ mass: 2 }).make(1)).rejects.toThrow(/no masses/)
  using env = await point.wrap({ actionRepeat: 3 }).make(1)
  const [from] = env.getPose(0).qpos
  env.step(Float64Array.of(0.5))
  expect(env.getPose(0).qpos[0]).toBeCloseTo(from + 1.5, 12)
})
