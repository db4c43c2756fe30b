/** Options of Gymnasium's environments do what they say. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { CarrotError } from '../../src/core/errors.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { observation, signal } from './look.ts'

/** Id, physics timestep (s), frame skip, numbers of qpos that tell where along the ground it is. */
const TASKS = [
  ['inverted-pendulum', 0.02, 2, 0],
  ['inverted-double-pendulum', 0.01, 5, 0],
  ['reacher', 0.01, 2, 0],
  ['pusher', 0.01, 5, 0],
  ['swimmer', 0.01, 4, 2],
  ['hopper', 0.002, 4, 1],
  ['walker2d', 0.002, 4, 1],
  ['half-cheetah', 0.01, 5, 1],
  ['ant', 0.01, 5, 2],
  ['humanoid', 0.003, 5, 2],
  ['humanoid-standup', 0.003, 5, 2],
] as const

describe.each(TASKS)('%s', (id, timestep, frameSkip, places) => {
  const env = envById(id)

  test('frameSkip: dt follows, and so does the physics', async () => {
    const single = env.configure({ frameSkip: 1 })
    expect(env.spec.options.frameSkip).toBe(frameSkip)
    expect(env.spec.dt).toBeCloseTo(frameSkip * timestep, 12)
    expect(single.spec).toMatchObject({ dt: timestep, maxSteps: env.spec.maxSteps })
    using rows = await env.make(1)
    using finer = await single.make(1)
    rows.reset(3)
    finer.reset(3)
    const action = Float64Array.from(env.spec.action.high, high => high / 3)
    rows.step(action)
    for (let i = 0; i < frameSkip; i++) finer.step(action)
    expect(finer.getPose(0)).toEqual(rows.getPose(0))
  })

  test('frameSkip is a number of steps', () => {
    for (const wrong of [0, -1, 1.5]) expect(() => env.configure({ frameSkip: wrong })).toThrow(CarrotError)
  })

  if (places > 0)
    test('excludeCurrentPositions: false shows where it is, first of all', async () => {
      const open = env.configure({ excludeCurrentPositions: false })
      expect(layoutOf(open.spec.obs).width).toBe(layoutOf(env.spec.obs).width + places)
      using rows = await open.make(1)
      using plain = await env.make(1)
      for (const each of [rows, plain]) {
        each.reset(2)
        each.step(Float64Array.from(env.spec.action.low, low => low / 2))
      }
      const { qpos } = rows.getPose(0)
      expect(observation(rows)).toEqual([...qpos.slice(0, places), ...observation(plain)])
    })

  if ('resetNoise' in env.options)
    test('resetNoise: 0 starts at rest, more starts wider', async () => {
      using calm = await env.configure({ resetNoise: 0 }).make(2)
      using usual = await env.make(2)
      using wild = await env.configure({ resetNoise: 3 * Number(env.options.resetNoise.default) }).make(2)
      for (const each of [calm, usual, wild]) each.reset(1)
      expect(calm.getPose(1)).toEqual(calm.getPose(0))
      expect(calm.getPose(0).qvel.every(v => v === 0)).toBe(true)
      // The same draws, three times as far from the middle.
      const middle = calm.getPose(0)
      const offsets = (each: typeof usual) => each.getPose(0).qpos.map((q, i) => q - middle.qpos[i])
      offsets(wild).forEach((offset, i) => {
        expect(offset).toBeCloseTo(3 * offsets(usual)[i], 12)
      })
    })
})

describe('healthy ranges', () => {
  /** Environment, options, and what of the initial pose is healthy with them. */
  test.each([
    ['hopper', { minHeight: 1.3 }, 0],
    ['hopper', { minHeight: 1.2 }, 1],
    ['walker2d', { minHeight: 1.3 }, 0],
    ['walker2d', { maxHeight: 1.2 }, 0],
    ['walker2d', { minHeight: 0.1, maxHeight: 5 }, 1],
    ['ant', { minHeight: 0.8 }, 0],
    ['ant', { maxHeight: 0.7 }, 0],
    ['humanoid', { minHeight: 1.45 }, 0],
    ['humanoid', { maxHeight: 1.35 }, 0],
    ['humanoid', { minHeight: 0, maxHeight: 9 }, 1],
  ])('%s with %j: healthy %i', async (id, options, healthy) => {
    using env = await envById(id)
      .configure({ ...options, resetNoise: 0 })
      .make(1)
    env.reset(1)
    expect(signal(env, 'healthy')).toEqual([healthy])
    env.step(new Float64Array(env.spec.action.low.length))
    expect(env.terminated[0]).toBe(1 - healthy)
  })

  test('leaning and wild states', async () => {
    const lying = [0, 1.25, 0.5, 0, 0, 0]
    using tolerant = await envById('hopper').configure({ maxPitch: 1 }).make(1)
    using strict = await envById('hopper').configure({ maxState: 0.4 }).make(1)
    using usual = await envById('hopper').make(1)
    const healthy = [tolerant, strict, usual].map(env => {
      env.setPose(0, lying, new Float64Array(6))
      return signal(env, 'healthy')[0]
    })
    expect(healthy).toEqual([1, 0, 0])
    using walker = await envById('walker2d').configure({ maxPitch: 0.4 }).make(1)
    walker.setPose(0, [...lying, 0, 0, 0], new Float64Array(9))
    expect(signal(walker, 'healthy')).toEqual([0])
  })

  test.each(['hopper', 'walker2d', 'ant', 'humanoid'])('%s goes on when it is told not to end', async id => {
    using env = await envById(id).configure({ terminateWhenUnhealthy: false }).make(1)
    const { qpos, qvel } = env.getPose(0)
    // Up in the air, out of every healthy range; the hopper, whose height has no upper bound, leaning as well.
    const height = id === 'ant' || id === 'humanoid' ? 2 : 1
    qpos[height] = 4
    if (height === 1) qpos[2] = 1.2
    env.setPose(0, qpos, qvel)
    env.step(new Float64Array(env.spec.action.low.length))
    expect(signal(env, 'healthy')).toEqual([0])
    expect(env.terminated[0]).toBe(0)
  })
})

describe('what the policy sees of forces', () => {
  test.each([
    ['humanoid', 'includeCinert', 'bodyInertias', 130],
    ['humanoid', 'includeCvel', 'bodyVelocities', 78],
    ['humanoid', 'includeQfrcActuator', 'motorTorques', 17],
    ['humanoid', 'includeCfrcExt', 'bodyForces', 78],
    ['humanoid-standup', 'includeCinert', 'bodyInertias', 130],
    ['humanoid-standup', 'includeCfrcExt', 'bodyForces', 78],
    ['ant', 'includeCfrcExt', 'contacts', 78],
  ])('%s: %s false leaves out the %i numbers of %s and nothing else', async (id, option, field, count) => {
    const env = envById(id)
    using less = await env.configure({ [option]: false }).make(1)
    using all = await env.make(1)
    for (const each of [less, all]) {
      each.reset(4)
      for (let t = 0; t < 5; t++) each.step(Float64Array.from(env.spec.action.high))
    }
    const { offset, width } = layoutOf(env.spec.obs).slots[field]
    expect(width).toBe(count)
    const seen = observation(all)
    expect(observation(less)).toEqual([...seen.slice(0, offset), ...seen.slice(offset + width)])
  })

  test('the ant shows contact forces up to its limit', async () => {
    using env = await envById('ant').configure({ contactLimit: 0.25 }).make(1)
    for (let t = 0; t < 60; t++) env.step(new Float64Array(8))
    const seen = observation(env, 'contacts')
    expect(Math.max(...seen.map(Math.abs))).toBe(0.25)
    expect(Math.max(...signal(env, 'contactForces').map(Math.abs))).toBeGreaterThan(1)
  })
})
