import { describe, expect, test } from 'vitest'
import { envById, envs } from '../../envs/index.ts'
import { bindReward, defineReward, flag, programs, vec3, vector } from '../../rewards/index.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { rewardContract } from '../contract/reward.ts'

for (const program of programs) rewardContract(program)

/** What no built-in program uses: the contract holds for memory, potentials, combination and rate as well. */
rewardContract(
  defineReward({
    name: 'all-forms',
    env: 'hopper',
    about: 'Not a behaviour.',
    phrases: ['one way', 'another way'],
    reads: { torsoPosition: vec3('m'), jointRates: vector('rad/s'), healthy: flag() },
    terms: {
      near: { weight: 1, potential: s => -Math.abs(s.torsoPosition.x - 3) * s.healthy },
      lean: { weight: 0.5, potential: s => s.jointRates[0] * s.jointRates[2] },
      smooth: {
        weight: -1,
        memory: { last: 3, seen: 1 },
        value: (s, memory) => {
          let change = 0
          for (let i = 0; i < s.action.length; i++) {
            if (memory.seen[0] > 0) change += (s.action[i] - memory.last[i]) ** 2
            memory.last[i] = s.action[i]
          }
          memory.seen[0]++
          return change
        },
      },
      clock: { weight: 1, value: s => Math.sin(s.time) },
    },
    rate: 'per-second',
    combine: w => w.near + w.lean * w.clock + w.smooth,
    success: s => s.torsoPosition.x > 0.1,
  }),
)

test('ids are unique, and every environment is published with one of them', () => {
  const ids = programs.map(({ name }) => name)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { spec } of envs) {
    expect(programs.find(({ name }) => name === spec.defaultReward)?.env).toBe(spec.id)
  }
})

test('the programs of an environment read different signals', () => {
  for (const { spec } of envs) {
    const reads = programs
      .filter(({ env }) => env === spec.id)
      .map(program => Object.keys(program.reads).sort().join())
    if (reads.length > 1) expect(new Set(reads).size, spec.id).toBeGreaterThan(1)
  }
})

describe('programs of one environment want different things', () => {
  /** Mean reward of a second of a motion: signals at its start, and their change per second. */
  function paid(name: string, at: Signals, rates: Signals = {}): number {
    const program = programs.find(program => program.name === name)!
    const { spec } = envById(program.env!)
    const { slots, width } = layoutOf(spec.signals)
    const T = Math.round(1 / spec.dt)
    const signals = new Float64Array((T + 1) * width)
    for (const [signal, values] of Object.entries({ ...at, ...rates })) {
      for (let t = 0; t <= T; t++) {
        ;[values].flat().forEach((_, i) => {
          const start = [at[signal] ?? 0].flat()[i] ?? 0
          const rate = [rates[signal] ?? 0].flat()[i] ?? 0
          signals[t * width + slots[signal].offset + i] = start + rate * t * spec.dt
        })
      }
    }
    const reward = new Float64Array(T)
    bindReward(program, spec, { rows: 1, gamma: 0.99 }).score({
      T,
      N: 1,
      signals,
      applied: new Float64Array(T * spec.action.low.length),
      terminated: new Uint8Array(T),
      truncated: new Uint8Array(T),
      valid: new Uint8Array(T).fill(1),
      stepInEpisode: Int32Array.from({ length: T + 1 }, (_, t) => t),
      episode: new Int32Array(T + 1),
      labels: new Map(),
      terms: new Float64Array(0),
      reward,
      success: new Uint8Array(T),
    })
    return reward.reduce((sum, value) => sum + value, 0) / T
  }
  type Signals = Readonly<Record<string, number | readonly number[]>>
  type Motion = readonly [at: Signals, rates?: Signals]

  const moving = (x: number, more: Signals = {}): Motion => [
    { torsoVelocity: [x, 0, 0], healthy: 1, torsoUp: 1, ...more },
    { torsoPosition: [x, 0, 0], torsoFramePosition: [x, 0, 0], centreOfMass: [x, 0, 0] },
  ]
  const cart = (x: number, upright = 1): Motion => [{ cartVelocity: x, upright }, { cartPosition: x }]
  const only = ([at, rates = {}]: Motion, env: string): Motion => {
    const known = (signals: Signals) =>
      Object.fromEntries(
        Object.entries(signals).filter(([name]) => name in envById(env).spec.signals),
      ) as Signals
    return [known(at), known(rates)]
  }

  test.each<[program: string, better: Motion, worse: Motion]>([
    ['hopper-forward', moving(1), moving(-1)],
    ['hopper-forward', moving(2), moving(1)],
    ['hopper-backward', moving(-1), moving(1)],
    ['hopper-high', moving(0, { footPosition: [0, 0, 0.5] }), moving(1, { footPosition: [0, 0, 0.1] })],
    ['cheetah-forward', moving(2), moving(-2)],
    ['cheetah-backward', moving(-2), moving(2)],
    ['cheetah-flip', moving(0, { pitchRate: 5 }), moving(3)],
    ['cheetah-flip', moving(0, { pitchRate: 5 }), moving(0, { pitchRate: -5 })],
    ['ant-forward', moving(1), moving(0, { torsoAngularVelocity: [0, 0, 3] })],
    ['ant-spin', moving(0, { torsoAngularVelocity: [0, 0, 3] }), moving(1)],
    [
      'ant-spin',
      moving(0, { torsoAngularVelocity: [0, 0, 3] }),
      moving(0, { torsoAngularVelocity: [0, 0, -3] }),
    ],
    ['pendulum-balance', cart(0), cart(0, 0)],
    ['pendulum-sway', cart(0.6), cart(0)],
    ['pendulum-sway', cart(-0.6), cart(0)],
    ['walker-forward', moving(2), moving(1)],
    ['walker-forward', moving(0), moving(0, { healthy: 0 })],
    ['swimmer-forward', moving(0.3), moving(-0.3)],
    ['humanoid-forward', moving(1), moving(-1)],
    ['humanoid-forward', moving(0), moving(0, { contactForces: Array(42).fill(1e4) })],
    ['humanoid-stand-up', [{ torsoPosition: [0, 0, 1.2] }], [{ torsoPosition: [0, 0, 0.1] }]],
    [
      'reacher-reach',
      [{ tipPosition: [0.1, 0.1, 0.01], targetPosition: [0.1, 0.1, 0.01] }],
      [{ tipPosition: [0.1, 0.1, 0.01], targetPosition: [0.1, -0.1, 0.01] }],
    ],
    ['pusher-push', [{ objectPosition: [0, 0, 0] }], [{ objectPosition: [0.2, 0, 0] }]],
    ['pusher-push', [{ handPosition: [0, 0, 0] }], [{ handPosition: [0.2, 0, 0] }]],
    [
      'double-pendulum-balance',
      [{ upright: 1, tipPosition: [0, 0, 1.2] }],
      [{ upright: 1, tipPosition: [0, 0, 1.1] }],
    ],
    [
      'double-pendulum-balance',
      [{ upright: 1, tipPosition: [0, 0, 1.2] }],
      [{ upright: 1, tipPosition: [0, 0, 1.2], poleRates: [1, -2] }],
    ],
  ])('%s', (name, better, worse) => {
    const { env } = programs.find(program => program.name === name)!
    expect(paid(name, ...only(better, env!))).toBeGreaterThan(paid(name, ...only(worse, env!)))
  })
})
