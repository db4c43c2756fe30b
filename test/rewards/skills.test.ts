/** Skills of hopper and ant: what counts as having done them, on the bodies themselves. */
import { afterAll, describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward, programs } from '../../rewards/index.ts'
import type { VectorEnv } from '../../src/core/env.ts'
import type { EnvSpec } from '../../src/core/spec.ts'

const program = (name: string) => programs.find(program => program.name === name)!

/** Terms, reward and success of steps between recorded rows of signals. */
function judged(name: string, spec: EnvSpec, rows: readonly Float64Array[]) {
  const T = rows.length - 1
  const scorer = bindReward(program(name), spec, { rows: 1, gamma: 0.99 })
  const columns = {
    T,
    N: 1,
    signals: Float64Array.from(rows.flatMap(row => [...row])),
    applied: new Float64Array(T * spec.action.low.length),
    terminated: new Uint8Array(T),
    truncated: new Uint8Array(T),
    valid: new Uint8Array(T).fill(1),
    stepInEpisode: Int32Array.from({ length: T + 1 }, (_, t) => t),
    episode: new Int32Array(T + 1),
    labels: new Map(),
    terms: new Float64Array(scorer.termNames.length * T),
    reward: new Float64Array(T),
    success: new Uint8Array(T),
  }
  expect(scorer.score(columns)).toEqual([])
  const term = (term: string) => {
    const k = scorer.termNames.indexOf(term)
    return [...columns.terms.subarray(k * T, (k + 1) * T)]
  }
  return { term, reward: [...columns.reward], success: [...columns.success] }
}

const read = (env: VectorEnv): Float64Array => Float64Array.from(env.signals)

describe('flips of the hopper', async () => {
  const definition = envById('hopper')
  const env = await definition.make(1)
  env.reset(1)
  afterAll(() => env[Symbol.dispose]())
  const at = (pitch: number, height = 1.25): Float64Array => {
    env.setPose(0, [0, height, pitch, 0, 0, 0], Array(6).fill(0))
    return read(env)
  }
  const turn = 2 * Math.PI
  const way = { 'hopper-front-flip': 1, 'hopper-back-flip': -1 } as const

  test.each(Object.entries(way))('%s is one whole turn its own way, on its foot', (name, sign) => {
    const { spec } = env
    const succeeds = (row: Float64Array) => judged(name, spec, [at(0), row]).success[0]
    expect(succeeds(at(sign * turn))).toBe(1)
    expect(succeeds(at(sign * 2 * turn + 0.1))).toBe(1)
    expect(succeeds(at(0)), 'standing').toBe(0)
    expect(succeeds(at(-sign * turn)), 'the other way').toBe(0)
    expect(succeeds(at(sign * turn, 1.6)), 'in the air').toBe(0)
    expect(succeeds(at((sign * turn) / 2)), 'on its head').toBe(0)
    expect(succeeds(at(sign * (turn + 0.6))), 'leaning').toBe(0)
  })

  test.each(Object.entries(way))('%s pays a turn once, however often it swings there', (name, sign) => {
    const swing = [0, 0.05, 0.1, 0.05, 0, 0.05, 0.1, 0.15].map(pitch => at(sign * pitch, 2))
    const { term } = judged(name, env.spec, swing)
    const rate = 0.05 / env.spec.dt
    ;[rate, rate, 0, 0, 0, 0, rate].forEach((paid, t) => {
      expect(term('turn')[t]).toBeCloseTo(paid, 9)
    })
  })

  test.each(Object.keys(way))('%s needs episodes that go on after a fall', name => {
    const { envOptions, succeeds } = program(name)
    expect(envOptions).toEqual({ terminateWhenUnhealthy: false })
    expect(succeeds).toBe('ever')
    expect(definition.configure(envOptions!).spec.options.terminateWhenUnhealthy).toBe(false)
  })
})

describe('postures of the ant', () => {
  const degree = Math.PI / 180
  /** Motors begin with the front right leg, signals with the front left one. */
  const motorOf = (leg: number) => 2 * ((leg + 1) % 4)

  /** Holds angles of the legs (hip and ankle; front left, back left, back right, front right) for some steps. */
  function hold(env: VectorEnv, angles: readonly (readonly [number, number])[], steps: number) {
    const { qpos } = env.getPose(0)
    expect(qpos).toHaveLength(15)
    const action = new Float64Array(8)
    const rows = [read(env)]
    for (let t = 0; t < steps; t++) {
      const { qpos, qvel } = env.getPose(0)
      angles.forEach(([hip, ankle], leg) => {
        const servo = (joint: number, angle: number) =>
          Math.max(-1, Math.min(1, 2.25 * (angle - qpos[7 + joint]) - 0.164 * qvel[6 + joint]))
        action[motorOf(leg)] = servo(2 * leg, hip)
        action[motorOf(leg) + 1] = servo(2 * leg + 1, (leg === 1 || leg === 2 ? -1 : 1) * ankle)
      })
      env.step(action)
      rows.push(read(env))
    }
    return rows
  }
  const alike = (hip: number, ankle: number) => Array(4).fill([hip, ankle * degree]) as [number, number][]
  const start = async () => {
    const env = await envById('ant').configure({ terminateWhenUnhealthy: false }).make(1)
    env.reset(1)
    return env
  }
  const NAMES = ['ant-lie-down', 'ant-lie-on-back', 'ant-wave-leg']
  const reached = (env: VectorEnv, rows: readonly Float64Array[]) =>
    NAMES.filter(name => judged(name, env.spec, rows.slice(-2)).success[0] === 1)

  test('legs stretched out flat is lying down, and standing is not', async () => {
    using env = await start()
    expect(reached(env, hold(env, alike(0, 65), 60))).toEqual([])
    const lying = hold(env, alike(0, 30), 60)
    expect(reached(env, lying)).toEqual(['ant-lie-down'])
    const { reward } = judged('ant-lie-down', env.spec, lying)
    expect(reward.at(-1)).toBeGreaterThan(reward[0] + 1)
  })

  test('upside down at rest is lying on the back', async () => {
    using env = await start()
    env.setPose(0, [0, 0, 0.3, 0, 1, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1], Array(14).fill(0))
    expect(reached(env, hold(env, alike(0, 45), 40))).toEqual(['ant-lie-on-back'])
  })

  test('a raised leg that swings is waved, one that is held up is not', async () => {
    using env = await start()
    hold(env, alike(0, 60), 40)
    // The two beside it are turned towards it, so that the centre of mass is over the three.
    const stance = (hip: number): [number, number][] => [
      [hip, 30 * degree],
      [-0.4, 70 * degree],
      [0, 50 * degree],
      [0.4, 70 * degree],
    ]
    const held = hold(env, stance(0), 60)
    expect(reached(env, held)).toEqual([])
    const still = judged('ant-wave-leg', env.spec, held.slice(-20))
    const waved = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5].flatMap(hip => hold(env, stance(hip), 7).slice(1))
    const swung = judged('ant-wave-leg', env.spec, [held.at(-1)!, ...waved])
    const share = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length
    expect(share(swung.success)).toBeGreaterThan(program('ant-wave-leg').succeeds as number)
    expect(share(swung.reward)).toBeGreaterThan(share(still.reward))
    expect(share(swung.term('stand'))).toBeGreaterThan(0.9)
  })

  test('feet are read at the ends of the legs', async () => {
    using env = await start()
    hold(env, alike(0, 60), 60)
    const { spec, signals } = env
    let offset = 0
    for (const [name, { shape }] of Object.entries(spec.signals)) {
      const width = shape[0] ?? 1
      if (name.endsWith('FootPosition')) {
        const [x, y, z] = signals.subarray(offset, offset + 3)
        expect(Math.sign(x - signals[0]), name).toBe(name.startsWith('front') ? 1 : -1)
        expect(Math.sign(y - signals[1]), name).toBe(name.includes('Left') ? 1 : -1)
        expect(z, name).toBeCloseTo(0.08, 1)
      }
      offset += width
    }
  })
})
