import { setFlagsFromString } from 'node:v8'
import { describe, expect, test } from 'vitest'
import {
  bindReward,
  defineReward,
  flag,
  label,
  quat,
  type Reads,
  scalar,
  vec3,
  vector,
} from '../../rewards/index.ts'
import type { BindOptions, RewardProgram } from '../../src/core/reward.ts'
import { type Recorded, raw, recording, spec } from './recording.ts'

const POSITION = { position: scalar('m') }

function score(program: RewardProgram, recorded: Recorded, options: Partial<BindOptions> = {}) {
  const columns = recording(recorded)
  const scorer = bindReward(program, spec, { rows: recorded.N ?? 1, gamma: 0.5, ...options })
  const failures = scorer.score(columns)
  return { columns, scorer, failures, reward: Array.from(columns.reward) }
}

const walked: Recorded = { signals: { position: [0, 1, 3, 6] } }

describe('what a formula sees', () => {
  test('whether the episode ends with the step, by the task or by the clock', () => {
    const program = defineReward({
      name: 'ending',
      reads: POSITION,
      terms: { end: { weight: 1, value: s => s.ends * s.position } },
      success: s => s.ends === 1 && s.position > 3,
    })
    const recorded = { ...walked, terminated: [2], truncated: [0] }
    const { reward, columns } = score(program, recorded)
    expect(reward).toEqual([1, 0, 6])
    expect(Array.from(columns.success)).toEqual([0, 0, 1])
    expect(score(program, walked).reward).toEqual([0, 0, 0])
  })

  test('the state after the action, the state before, the action, the clock', () => {
    const program = defineReward({
      name: 'sees',
      reads: { ...POSITION, velocity: vec3('m/s'), turn: quat(), joints: vector('rad'), ok: flag() },
      terms: {
        after: { weight: 1, value: s => s.position },
        before: { weight: 1, value: s => s.prev.position },
        speed: { weight: 1, value: s => (s.position - s.prev.position) / s.dt },
        action: { weight: 1, value: s => s.action[0] - s.action[1] },
        time: { weight: 1, value: s => s.time },
        vector: { weight: 1, value: s => s.velocity.x + 10 * s.velocity.y + 100 * s.velocity.z },
        turn: { weight: 1, value: s => s.turn.w + 10 * s.turn.x + 100 * s.turn.y + 1000 * s.turn.z },
        joints: { weight: 1, value: s => s.joints.length + s.joints[0] - s.prev.joints[1] },
        ok: { weight: 1, value: s => s.ok },
      },
    })
    const { columns, failures } = score(program, {
      signals: {
        position: [0, 1, 3, 6],
        velocity: [
          [0, 0, 0],
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        turn: [
          [1, 0, 0, 0],
          [1, 2, 3, 4],
          [5, 6, 7, 8],
          [0, 0, 0, 1],
        ],
        joints: [
          [0, 1],
          [10, 20],
          [30, 40],
          [50, 60],
        ],
        ok: [1, 1, 0, 1],
      },
      applied: [
        [1, 0],
        [0.5, 1],
        [-1, -0.25],
      ],
    })
    expect(failures).toEqual([])
    const terms = Object.fromEntries(program.terms.map(({ name }, k) => [name, raw(columns, k)]))
    expect(terms).toEqual({
      after: [1, 3, 6],
      before: [0, 1, 3],
      speed: [2, 4, 6],
      action: [1, -0.5, -0.75],
      time: [0.5, 1, 1.5],
      vector: [321, 654, 987],
      turn: [4321, 8765, 1000],
      joints: [2 + 10 - 1, 2 + 30 - 20, 2 + 50 - 40],
      ok: [1, 0, 1],
    })
  })

  test('a list that a formula overwrites is as it was in the next formula', () => {
    const spoil = (s: { joints: ArrayLike<number> }) => {
      const joints = s.joints as Float64Array
      const before = joints[0]
      joints[0] = 99
      return before
    }
    const program = defineReward({
      name: 'spoils',
      reads: { joints: vector('rad') },
      terms: {
        one: { weight: 1, value: s => spoil(s) },
        two: { weight: 1, value: s => spoil(s) },
      },
      success: s => s.joints[0] === 3,
    })
    const step = (first: number) => ({
      signals: {
        joints: [
          [0, 0],
          [first, 0],
        ],
      },
    })
    const { columns, scorer } = score(program, step(3))
    expect([...columns.terms, ...columns.success]).toEqual([3, 3, 1])
    // And in the next recording.
    const next = recording(step(4))
    scorer.score(next)
    expect([...next.terms, ...next.success]).toEqual([4, 4, 0])
  })

  test('is one object of fixed form for all bindings, whatever other programs read', () => {
    // Of such the engine knows where everything lies; a second one of another form costs a quarter of the speed.
    setFlagsFromString('--allow-natives-syntax')
    const isFast = new Function('object', 'return %HasFastProperties(object)')
    const seen: object[] = []
    const program = (name: string, reads: Reads) =>
      defineReward({
        name,
        reads,
        terms: {
          only: {
            weight: 1,
            value: s => {
              if (!seen.includes(s)) seen.push(s)
              return s.position as number
            },
          },
        },
      })
    const first = program('first', { ...POSITION, velocity: vec3('m/s') })
    const second = program('second', { ...POSITION, joints: vector('rad') })
    const short: Recorded = { signals: { position: [9, 8] } }
    const [long, again] = [first, first].map(each => bindReward(each, spec, { rows: 1, gamma: 0.5 }))
    const columns = recording(walked)
    long.score(columns)
    again.score(recording(short))
    const before = Array.from(columns.reward)
    long.score(columns)
    expect(Array.from(columns.reward)).toEqual(before)
    score(second, walked)
    expect(seen).toHaveLength(2)
    for (const state of seen) {
      const { prev, velocity } = state as { prev: object; velocity?: object }
      for (const part of [state, prev, velocity ?? prev]) expect(isFast(part)).toBe(true)
    }
  })

  test('nothing of it can be written', () => {
    const program = defineReward({
      name: 'writes',
      reads: POSITION,
      terms: {
        only: {
          weight: 1,
          value: s => {
            ;(s as { position: number }).position = 7
            return 1
          },
        },
      },
    })
    expect(score(program, walked).failures[0].message).toMatch(/^It threw: Cannot set property position/)
  })
})

describe('the reward', () => {
  const two = {
    name: 'two',
    reads: POSITION,
    terms: {
      here: { weight: 2, value: (s: { position: number }) => s.position },
      cost: { weight: -1, value: (s: { time: number }) => s.time },
    },
  } as const

  test('is the sum of the weighted terms, whose raw values are kept', () => {
    const { columns, reward } = score(defineReward(two), walked)
    expect(raw(columns, 0)).toEqual([1, 3, 6])
    expect(raw(columns, 1)).toEqual([0.5, 1, 1.5])
    expect(reward).toEqual([2 * 1 - 0.5, 2 * 3 - 1, 2 * 6 - 1.5])
  })

  test('per second is multiplied by the control period', () => {
    const { reward } = score(defineReward({ ...two, rate: 'per-second' }), walked)
    expect(reward).toEqual([0.5 * 1.5, 0.5 * 5, 0.5 * 10.5])
  })

  test('is what combine makes of the weighted terms', () => {
    const program = defineReward({ ...two, rate: 'per-second', combine: w => w.here * w.cost })
    expect(score(program, walked).reward).toEqual([0.5 * 2 * -0.5, 0.5 * 6 * -1, 0.5 * 12 * -1.5])
  })

  test('follows weights that stand in for those of the program', () => {
    const { scorer, columns, reward } = score(defineReward(two), walked, { weights: { cost: 4 } })
    expect(scorer.weights).toEqual({ here: 2, cost: 4 })
    expect(reward).toEqual([2 + 2, 6 + 4, 12 + 6])
    const before = raw(columns, 1)
    scorer.setWeights({ here: 0 })
    scorer.score(columns)
    expect(Array.from(columns.reward)).toEqual([2, 4, 6])
    expect(raw(columns, 1)).toEqual(before)
  })

  test('refuses a weight for no term, or one that is no number', () => {
    const bind = (weights: Record<string, number>) => () =>
      bindReward(defineReward(two), spec, { rows: 1, gamma: 1, weights })
    expect(bind({ cots: 1 })).toThrow(
      expect.objectContaining({ message: "two has no term 'cots' to weigh.", hint: "Did you mean 'cost'?" }),
    )
    expect(bind({ zzzzzzzz: 1 })).toThrow(expect.objectContaining({ hint: 'Its terms are here, cost.' }))
    expect(bind({ cost: Number.NaN })).toThrow("The weight of 'cost' is NaN.")
  })

  test('is 0 in rows that were only reset, and has no -0', () => {
    const program = defineReward({
      name: 'negative-zero',
      reads: POSITION,
      terms: { only: { weight: 1, value: s => -0 * s.position } },
    })
    const { columns, reward } = score(program, { ...walked, reset: [1] })
    for (const value of [...reward, ...raw(columns)]) expect(Object.is(value, 0)).toBe(true)
    expect(score(defineReward(two), { ...walked, reset: [1] }).reward).toEqual([1.5, 0, 10.5])
  })

  test('is not touched by the success criterion', () => {
    const judged = score(defineReward({ ...two, success: s => s.position > 2 }), { ...walked, reset: [2] })
    expect(Array.from(judged.columns.success)).toEqual([0, 1, 0])
    expect(judged.reward).toEqual(score(defineReward(two), { ...walked, reset: [2] }).reward)
  })
})

describe('a potential', () => {
  const program = defineReward({
    name: 'potential',
    reads: POSITION,
    terms: { near: { weight: 1, potential: s => s.position } },
  })
  const doubling: Recorded = { signals: { position: [2, 4, 8, 16] } }

  test('is paid as γΦ(s′) − Φ(s)', () => {
    expect(score(program, doubling, { gamma: 0.75 }).reward).toEqual([3 - 2, 6 - 4, 12 - 8])
  })

  test('is 0 in a terminal state', () => {
    expect(score(program, { ...doubling, terminated: [2] }).reward).toEqual([0, 0, -8])
  })

  test('is what it is in a state where the clock ended', () => {
    expect(score(program, { ...doubling, truncated: [2] }, { gamma: 0.75 }).reward).toEqual([1, 2, 4])
  })

  test.each([
    ['terminated', -2],
    ['truncated', 0],
  ] as const)('does not reach from a %s episode into the next', (ended, last) => {
    const { reward } = score(program, {
      signals: { position: [2, 4, 100, 10] },
      [ended]: [0],
      reset: [1],
      stepInEpisode: [0, 1, 0, 1],
      episode: [0, 0, 1, 1],
    })
    expect(reward).toEqual([last, 0, 0.5 * 10 - 100])
  })

  test('is kept apart for environments side by side', () => {
    const { reward } = score(program, { N: 2, signals: { position: [2, 100, 4, 200, 8, 400] } })
    expect(reward).toEqual([0, 0, 0, 0])
  })

  test('fails where it is no number', () => {
    const root = defineReward({
      name: 'root',
      reads: POSITION,
      terms: { near: { weight: 1, potential: s => Math.sqrt(s.position) } },
    })
    const { reward, failures } = score(root, { signals: { position: [4, -1, 4, 9] } })
    expect(reward).toEqual([0, 0, 0.5 * 3 - 2])
    expect(failures).toMatchObject([{ term: 'near', count: 2, time: 0.5, message: 'It returned NaN.' }])
  })
})

describe('labels', () => {
  const program = defineReward({
    name: 'labelled',
    reads: POSITION,
    terms: {
      here: { weight: 1, value: s => s.position },
      seen: label({ weight: 10, column: 'clip' }),
    },
  })

  test('are paid where there are any', () => {
    const { reward, failures } = score(program, { ...walked, labels: { clip: [0.5, Number.NaN, 1] } })
    expect(reward).toEqual([1 + 5, 3, 6 + 10])
    expect(failures).toEqual([])
  })

  test('that did not come at all count as 0', () => {
    const { reward, failures } = score(program, walked)
    expect(reward).toEqual([1, 3, 6])
    expect(failures).toEqual([])
  })

  test('that are not finite are a failure', () => {
    const { reward, failures } = score(program, { ...walked, labels: { clip: [1, Infinity, 1] } })
    expect(reward).toEqual([11, 3, 16])
    expect(failures).toMatchObject([{ term: 'seen', count: 1, time: 1, message: 'The label is Infinity.' }])
  })
})

describe('a term that fails', () => {
  const failing = (value: (s: { position: number }) => unknown) =>
    defineReward({
      name: 'failing',
      reads: POSITION,
      terms: {
        bad: { weight: 1, value: s => value(s) as number },
        good: { weight: 1, value: s => s.position },
      },
    })
  const later: Recorded = { ...walked, stepInEpisode: [3, 4, 5, 6], episode: [7, 7, 7, 7] }

  test.each<[string, (s: { position: number }) => unknown, string]>([
    ['returns NaN', s => (s.position > 2 ? Number.NaN : 1), 'It returned NaN.'],
    ['returns nothing', s => (s.position > 2 ? undefined : 1), 'It returned undefined.'],
    ['returns an object', s => (s.position > 2 ? {} : 1), 'It returned an object.'],
    ['returns a text', s => (s.position > 2 ? '3' : 1), 'It returned a string.'],
    ['returns a truth value', s => (s.position > 2 ? true : 1), 'It returned a boolean.'],
    [
      'throws',
      s => {
        if (s.position > 2) throw new RangeError('too far.')
        return 1
      },
      'It threw: too far.',
    ],
  ])('and %s is told with its place; the other rows and terms count', (_, value, message) => {
    const { columns, reward, failures, scorer } = score(failing(value), later)
    expect(failures).toEqual([{ term: 'bad', row: 0, episode: 7, time: 2.5, message, count: 2, muted: true }])
    expect(raw(columns)).toEqual([1, 0, 0])
    expect(reward).toEqual([2, 3, 6])
    // From the next batch on it is off.
    expect([...scorer.muted]).toEqual(['bad'])
    expect(scorer.score(columns)).toEqual([])
    expect(raw(columns)).toEqual([0, 0, 0])
    expect(Array.from(columns.reward)).toEqual([1, 3, 6])
  })

  test('names the row, and the signal that is to blame', () => {
    const program = failing(s => s.position * 2)
    const { failures } = score(program, { N: 2, signals: { position: [0, 0, 1, Number.NaN, 2, 3] } })
    const message = 'It returned NaN because position is not finite.'
    expect(failures.filter(({ term }) => term === 'bad')).toMatchObject([{ row: 1, time: 0.5, message }])
  })

  test('combine that fails leaves the weighted sum; success that fails is 0', () => {
    const program = defineReward({
      name: 'others',
      reads: POSITION,
      terms: { here: { weight: 2, value: s => s.position } },
      combine: w => (w.here > 2 ? Number.NaN : 100),
      success: s => {
        if (s.position > 3) throw new Error('no idea')
        return true
      },
    })
    const { columns, reward, failures, scorer } = score(program, walked)
    expect(reward).toEqual([100, 6, 12])
    expect(Array.from(columns.success)).toEqual([1, 1, 0])
    expect(failures).toMatchObject([
      { term: 'combine', count: 2, time: 1 },
      { term: 'success', count: 1, time: 1.5, message: 'It threw: no idea.' },
    ])
    expect(scorer.score(columns)).toEqual([])
    expect(Array.from(columns.reward)).toEqual([2, 6, 12])
    expect(Array.from(columns.success)).toEqual([0, 0, 0])
  })

  test('a sum that overflows is told', () => {
    const program = failing(() => Number.MAX_VALUE)
    const { reward, failures } = score(program, walked, { weights: { bad: 2 } })
    expect(reward).toEqual([0, 0, 0])
    expect(failures).toMatchObject([{ term: 'combine', count: 3, message: 'The weighted sum is Infinity.' }])
  })
})

describe('binding', () => {
  const reading = (reads: Parameters<typeof defineReward>[0]['reads']) => () =>
    bindReward(defineReward({ name: 'reading', reads, terms: { a: { weight: 1, value: () => 1 } } }), spec, {
      rows: 1,
      gamma: 1,
    })

  test('refuses a signal that is not there, and names the nearest', () => {
    expect(reading({ postion: scalar('m') })).toThrow(
      expect.objectContaining({
        code: 'bad-signal',
        message: "reading cannot read 'postion' from env 'rail'.",
        hint: 'It offers position [m (world)]. Did you mean that?',
      }),
    )
    expect(reading({ zzzzzzzzzz: scalar('m') })).toThrow(
      expect.objectContaining({ hint: 'It offers: position, velocity, turn, joints, ok.' }),
    )
  })

  test.each<[string, Parameters<typeof defineReward>[0]['reads']]>([
    ["reading reads position as m/s; 'rail' gives it as m (world).", { position: scalar('m/s') }],
    [
      "reading reads velocity as m/s (body) ×3; 'rail' gives it as m/s (world) ×3.",
      { velocity: vec3('m/s', 'body') },
    ],
    ["reading reads joints as rad ×6; 'rail' gives it as rad ×2.", { joints: vector(6, 'rad') }],
  ])('refuses another unit, frame or length: %s', (message, reads) => {
    expect(reading(reads)).toThrow(message)
  })

  test('takes any frame where none is asked for, and any length', () => {
    expect(reading({ velocity: vec3('m/s'), joints: vector('rad'), turn: quat() })).not.toThrow()
  })

  test('says what is wrong with a recording', () => {
    const program = defineReward({
      name: 'any',
      reads: {},
      terms: { a: { weight: 1, value: () => 1 } },
    })
    const scorer = bindReward(program, spec, { rows: 2, gamma: 1 })
    expect(() => scorer.score(recording(walked))).toThrow('any was bound for 2 rows and got 1.')
    const columns = { ...recording(walked), signals: new Float64Array(4 * 3) }
    expect(() => bindReward(program, spec, { rows: 1, gamma: 1 }).score(columns)).toThrow(
      "The recording has 3 signal numbers a step; 'rail' gives 11.",
    )
  })
})
