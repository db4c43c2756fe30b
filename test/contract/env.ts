/** What every environment must do, whatever it simulates. Call `envContract(definition)` in a test file. */
import { describe, expect, test } from 'vitest'
import { programs } from '../../rewards/index.ts'
import type { EnvDefinition, VectorEnv } from '../../src/core/env.ts'
import { CarrotError } from '../../src/core/errors.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { checkReads, fieldWidth, layoutOf, UNITS } from '../../src/core/spec.ts'
import { STATE_HEAD } from '../../src/sim/rows.ts'
import { expertActor } from '../../src/solve.ts'

/** Where a saved state has its counters. */
const STEP = STATE_HEAD.indexOf('stepInEpisode')
const EPISODE = STATE_HEAD.indexOf('episode')

const COLUMNS = [
  'obs',
  'signals',
  'applied',
  'terminated',
  'truncated',
  'restarted',
  'stepInEpisode',
  'episode',
  'diverged',
] as const
/** Column by name, of all rows, at one moment. */
type Snapshot = Record<(typeof COLUMNS)[number], number[]>

const snapshot = (env: VectorEnv): Snapshot =>
  Object.fromEntries(COLUMNS.map(name => [name, Array.from(env[name])])) as Snapshot

/** Uniform actions; a step's depend on (row, t) only. */
function randomActions(env: VectorEnv, t: number, firstRow = 0): Float64Array {
  const { low, high } = env.spec.action
  const rows = Array.from({ length: env.size }, (_, n) => {
    const rng = new Rng(7, STREAM.action, firstRow + n).seek(t * 64)
    return low.map((from, a) => rng.range(from, high[a]))
  })
  return Float64Array.from(rows.flat())
}

/** Steps with random actions; what there was to see after each step. */
function play(env: VectorEnv, from: number, to: number, firstRow = 0): Snapshot[] {
  const seen: Snapshot[] = []
  for (let t = from; t < to; t++) {
    env.step(randomActions(env, t, firstRow))
    seen.push(snapshot(env))
  }
  return seen
}

/** The same with what the environment's expert does, if it has one. */
function playExpert({ expert }: EnvDefinition, env: VectorEnv, steps: number): Snapshot[] {
  if (expert === undefined) return []
  const A = env.spec.action.low.length
  const act = expertActor(expert, env)
  const actions = new Float64Array(env.size * A)
  return Array.from({ length: steps }, () => {
    for (let n = 0; n < env.size; n++) act(n, actions.subarray(n * A, (n + 1) * A))
    env.step(actions)
    return snapshot(env)
  })
}

const stateOf = (env: VectorEnv, row: number): Float64Array => {
  const state = new Float64Array(env.stateSize)
  env.getState(row, state)
  return state
}

/** Brings a row to its last step before the time limit that is followed by a reset. */
function nearTheEnd(env: VectorEnv, row: number): void {
  const { maxSteps, episodesPerReset = 1 } = env.spec
  const state = stateOf(env, row)
  state[STEP] = maxSteps - 1
  state[EPISODE] += episodesPerReset - 1 - (state[EPISODE] % episodesPerReset)
  env.setState(row, state)
}

/** What an environment does otherwise than most, and rightly so. */
export interface Peculiarities {
  /** Columns that random play leaves as they are. */
  readonly still?: readonly string[]
  /** Speeds at which its physics blows up within a control step. */
  readonly wildSpeeds?: readonly number[]
}

export function envContract(
  definition: EnvDefinition,
  { still = [], wildSpeeds = [1e6, 1e8, 9e9] }: Peculiarities = {},
): void {
  const { spec } = definition
  const A = spec.action.low.length
  const idle = (env: VectorEnv) => new Float64Array(env.size * A)

  describe(spec.id, () => {
    test('declares what it gives', async () => {
      using env = await definition.make(3)
      expect(env.spec).toBe(spec)
      expect(env.obs.length).toBe(3 * layoutOf(spec.obs).width)
      expect(env.signals.length).toBe(3 * layoutOf(spec.signals).width)
      expect(env.applied.length).toBe(3 * A)
      expect(spec.action.names.length).toBe(A)
      expect(new Set(spec.action.names).size).toBe(A)
      for (const [name, field] of [...Object.entries(spec.obs), ...Object.entries(spec.signals)]) {
        expect(UNITS, name).toContain(field.unit)
        expect(fieldWidth(field), name).toBeGreaterThan(0)
        expect(field.about, name).toMatch(/\.$/)
      }
      // The spec crosses threads and is printed.
      expect(structuredClone(spec)).toEqual(spec)
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    })

    test('is published with a reward that fits it', () => {
      const program = programs.find(({ name }) => name === spec.defaultReward)
      expect(program, String(spec.defaultReward)).toBeDefined()
      checkReads(String(spec.defaultReward), program?.reads ?? {}, spec.id, spec.signals)
    })

    test('says when the task is done', () => {
      const { signal, over } = spec.success!
      expect(spec.signals[signal].unit).toBe('bool')
      if (typeof over === 'number') expect(over > 0 && over <= 1).toBe(true)
    })

    test('has options that are what they say', () => {
      expect(Object.keys(spec.options)).toEqual(Object.keys(definition.options))
      for (const [name, option] of Object.entries(definition.options)) {
        expect(spec.options[name]).toBe(option.default)
        expect(option.about, name).toMatch(/\.$/)
        if (option.choices !== undefined) expect(option.choices).toContain(option.default)
      }
      expect(definition.configure({}).spec).toEqual(spec)
      expect(() => definition.configure({ nothingOfThisName: 1 })).toThrow(/has no option/)
    })

    test('has named poses it can be put into', async () => {
      using env = await definition.make(1)
      expect(env.keyframes.length).toBeGreaterThan(0)
      for (const { name, qpos, qvel } of env.keyframes) {
        expect(name).not.toBe('')
        env.setPose(0, qpos, qvel)
        expect(env.obs.every(Number.isFinite)).toBe(true)
      }
    })

    test('can be drawn', async () => {
      using env = await definition.make(1)
      const { bodies, geoms, cameras, extent } = env.scene
      expect(bodies[0]).toBe('world')
      expect(new Set(bodies).size).toBe(bodies.length)
      expect(geoms.every(({ body }) => body >= 0 && body < bodies.length)).toBe(true)
      // Something by which motion over the ground is seen.
      expect(geoms.some(({ checker, texture }) => checker !== undefined || texture !== undefined)).toBe(true)
      expect(new Set(cameras.map(({ name }) => name)).size).toBeGreaterThanOrEqual(2)
      expect(extent).toBeGreaterThan(0)
      const poses = new Float32Array(bodies.length * POSE_WIDTH)
      env.bodyPoses(0, poses)
      expect(Array.from(poses.subarray(0, POSE_WIDTH))).toEqual([0, 0, 0, 1, 0, 0, 0])
      for (let body = 0; body < bodies.length; body++) {
        const quaternion = poses.subarray(body * POSE_WIDTH + 3, (body + 1) * POSE_WIDTH)
        expect(Math.hypot(...quaternion)).toBeCloseTo(1, 5)
      }
    })

    test('does the same for the same seed, and something else for another', async () => {
      using a = await definition.make(2)
      using b = await definition.make(2)
      a.reset(11)
      play(a, 0, 30)
      a.reset(12)
      b.reset(12)
      expect(snapshot(b)).toEqual(snapshot(a))
      expect(play(b, 0, 60)).toEqual(play(a, 0, 60))
      b.reset(13)
      a.reset(12)
      const start = ({ obs, signals }: Snapshot) => [obs, signals]
      expect(start(snapshot(b))).not.toEqual(start(snapshot(a)))
    })

    test('does the same however its rows are shared out', async () => {
      using all = await definition.make(4)
      using part = await definition.make(2)
      all.reset(5)
      part.reset(5, 2)
      const whole = play(all, 0, 80)
      const half = play(part, 0, 80, 2)
      const secondHalf = whole.map(columns =>
        Object.fromEntries(Object.entries(columns).map(([name, c]) => [name, c.slice(c.length / 2)])),
      )
      expect(half).toEqual(secondHalf)
    })

    test('gives finite numbers that move', async () => {
      using env = await definition.make(2)
      env.reset(3)
      // What is drawn at a start moves at the next one.
      nearTheEnd(env, 0)
      const first = snapshot(env)
      const seen = [...play(env, 0, 200), ...playExpert(definition, env, 100)]
      for (const { obs, signals } of seen) {
        expect(obs.every(Number.isFinite)).toBe(true)
        expect(signals.every(Number.isFinite)).toBe(true)
      }
      for (const [kind, fields] of [
        ['obs', spec.obs],
        ['signals', spec.signals],
      ] as const) {
        const { slots } = layoutOf(fields)
        for (const [name, { offset, width }] of Object.entries(slots)) {
          // Flags may well stay as they are.
          if (fields[name].unit === 'bool') continue
          const moved = seen.some(columns =>
            columns[kind].slice(offset, offset + width).some((x, i) => x !== first[kind][offset + i]),
          )
          expect(moved, `${kind}.${name}`).toBe(!still.includes(name))
        }
      }
    })

    test('clips actions to their range', async () => {
      using wild = await definition.make(1)
      using tame = await definition.make(1)
      wild.step(Float64Array.from(spec.action.high, x => 10 * x))
      tame.step(Float64Array.from(spec.action.high))
      expect(Array.from(wild.applied)).toEqual([...spec.action.high])
      expect(snapshot(wild)).toEqual(snapshot(tame))
      wild.step(Float32Array.from(spec.action.low, x => 10 * x))
      expect(Array.from(wild.applied)).toEqual([...spec.action.low])
    })

    test('ends by the clock without terminating, and restarts in the next call', async () => {
      using env = await definition.make(2)
      using fresh = await definition.make(2)
      env.reset(21)
      nearTheEnd(env, 1)
      env.step(idle(env))
      expect(Array.from(env.truncated)).toEqual([0, 1])
      expect(Array.from(env.terminated)).toEqual([0, 0])
      expect(env.stepInEpisode[1]).toBe(spec.maxSteps)
      const last = snapshot(env).obs

      const action = idle(env).fill(spec.action.high[0], A)
      env.step(action)
      expect(Array.from(env.restarted)).toEqual([0, 1])
      expect(Array.from(env.truncated)).toEqual([0, 0])
      expect(Array.from(env.stepInEpisode)).toEqual([2, 0])
      const next = spec.episodesPerReset ?? 1
      expect(Array.from(env.episode)).toEqual([0, next])
      expect(Array.from(env.applied.subarray(A))).toEqual(Array(A).fill(0))
      expect(snapshot(env).obs.slice(env.obs.length / 2)).not.toEqual(last.slice(last.length / 2))

      // An episode starts from (seed, row, its number), whenever it starts and whatever was done before.
      fresh.reset(21)
      fresh.step(randomActions(fresh, 0))
      nearTheEnd(fresh, 1)
      fresh.step(idle(fresh))
      fresh.step(idle(fresh))
      expect(fresh.episode[1]).toBe(next)
      expect(Array.from(fresh.obs.subarray(fresh.obs.length / 2))).toEqual(
        Array.from(env.obs.subarray(env.obs.length / 2)),
      )
    })

    test('starts every episode somewhere else', async () => {
      using env = await definition.make(1)
      const starts: string[] = []
      for (let episode = 0; episode < 5; episode++) {
        // A policy may not see the difference.
        starts.push(String([...env.obs, ...env.signals]))
        nearTheEnd(env, 0)
        env.step(idle(env))
        env.step(idle(env))
      }
      expect(new Set(starts).size).toBe(5)
    })

    test('continues from a saved state bit by bit, over the end of the episode too', async () => {
      using env = await definition.make(2)
      using other = await definition.make(2)
      env.reset(9)
      play(env, 0, 25)
      // Half way, so that the rest runs over the time limit.
      const close = stateOf(env, 0)
      close[STEP] = spec.maxSteps - 10
      env.setState(0, close)
      const states = [stateOf(env, 0), stateOf(env, 1)]
      const then = snapshot(env)
      const poses = env.getPose(0)
      const rest = play(env, 25, 60)
      expect(rest.some(({ restarted }) => restarted[0] === 1)).toBe(true)

      for (const again of [env, other]) {
        again.reset(9)
        play(again, 40, 43)
        states.forEach((state, row) => {
          again.setState(row, state)
        })
        const { applied: _, ...now } = snapshot(again)
        const { applied: __, ...before } = then
        expect(now).toEqual(before)
        expect(again.getPose(0)).toEqual(poses)
        states.forEach((state, row) => {
          expect(stateOf(again, row)).toEqual(state)
        })
        expect(play(again, 25, 60)).toEqual(rest)
      }
    })

    test('is not disturbed by being looked at', async () => {
      using watched = await definition.make(1)
      using alone = await definition.make(1)
      const poses = new Float32Array(watched.scene.bodies.length * POSE_WIDTH)
      const state = new Float64Array(watched.stateSize)
      for (let t = 0; t < 40; t++) {
        watched.getState(0, state)
        watched.bodyPoses(0, poses)
        watched.getPose(0)
        expect(stateOf(watched, 0)).toEqual(state)
        const action = randomActions(watched, t)
        watched.step(action)
        alone.step(action)
        expect(snapshot(watched)).toEqual(snapshot(alone))
      }
    })

    test('takes a pose as a cold start', async () => {
      using env = await definition.make(1)
      using fresh = await definition.make(1)
      env.reset(4)
      fresh.reset(4)
      // So few that no episode ends.
      play(env, 0, 3)
      const { qpos, qvel } = env.getPose(0)
      const results = [env, fresh].map(each => {
        each.setPose(0, qpos, qvel)
        expect(each.getPose(0)).toEqual({ qpos, qvel })
        expect(each.stepInEpisode[0]).toBe(0)
        const { episode: _, restarted: __, ...before } = snapshot(each)
        each.step(idle(each))
        const { episode: ___, ...after } = snapshot(each)
        return { before, after }
      })
      expect(results[1]).toEqual(results[0])
      expect(() => env.setPose(0, [...qpos, 0], qvel)).toThrow(CarrotError)
      expect(() => env.setPose(0, qpos, qvel.fill(Number.NaN))).toThrow(/qvel\[0\] is NaN/)
    })

    test('cuts off a row whose action is not finite, and no other', async () => {
      using env = await definition.make(3)
      using twin = await definition.make(3)
      for (const poison of [Number.NaN, Infinity, -Infinity]) {
        env.reset(8)
        twin.reset(8)
        const before = snapshot(env)
        const action = randomActions(env, 0)
        twin.step(action)
        action[A + A - 1] = poison
        env.step(action)
        const expected = snapshot(twin)
        const seen = snapshot(env)
        const third = (column: number[], row: number) =>
          column.slice((row * column.length) / 3, ((row + 1) * column.length) / 3)
        for (const name of COLUMNS) {
          for (const row of [0, 2]) expect(third(seen[name], row), name).toEqual(third(expected[name], row))
        }
        expect(third(seen.obs, 1)).toEqual(third(before.obs, 1))
        expect(third(seen.signals, 1)).toEqual(third(before.signals, 1))
        expect(third(seen.applied, 1)).toEqual(Array(A).fill(0))
        expect(seen.truncated).toEqual([0, 1, 0])
        expect(seen.terminated).toEqual([0, 0, 0])
        expect(seen.diverged).toEqual([0, 1, 0])
        env.step(idle(env))
        expect(Array.from(env.restarted)).toEqual([0, 1, 0])
        expect(env.diverged[1]).toBe(1)
      }
    })

    test('survives physics that blows up', async () => {
      using env = await definition.make(2)
      for (const speed of wildSpeeds) {
        env.reset(2)
        const { qpos, qvel } = env.getPose(0)
        env.setPose(0, qpos, qvel.fill(speed))
        const before = snapshot(env)
        env.step(idle(env))
        expect(Array.from(env.diverged)).toEqual([1, 0])
        expect(Array.from(env.truncated)).toEqual([1, 0])
        expect(env.terminated[0]).toBe(0)
        expect(env.obs.slice(0, env.obs.length / 2)).toEqual(
          Float64Array.from(before.obs.slice(0, env.obs.length / 2)),
        )
        env.step(idle(env))
        expect(Array.from(env.restarted)).toEqual([1, 0])
        expect(env.obs.every(Number.isFinite)).toBe(true)
      }
    })

    test('says what is wrong with a call', async () => {
      await expect(definition.make(0)).rejects.toThrow(/0 copies/)
      await expect(definition.make(1.5)).rejects.toThrow(CarrotError)
      const env = await definition.make(1)
      expect(() => env.step(new Float64Array(A + 1))).toThrow(/action numbers/)
      expect(() => env.setState(0, new Float64Array(3))).toThrow(/whose states have/)
      env[Symbol.dispose]()
      env[Symbol.dispose]()
      expect(() => env.step(new Float64Array(A))).toThrow(/disposed of/)
    })
  })
}
