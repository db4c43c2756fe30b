/** The losses of the update graphs are those of their papers, computed here row by row in float64 from the definitions. */
import { expect, test } from 'vitest'
import type { PolicySpec } from '../../src/core/policy.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { calQlGraph } from '../../src/learn/calql.ts'
import { dqnUpdateGraph } from '../../src/learn/dqn.ts'
import { sacUpdateGraph } from '../../src/learn/sac.ts'
import { actorStepGraph, criticStepGraph } from '../../src/learn/td3.ts'
import { algorithmConfigs } from '../../src/learnConfig.ts'

const [M, O, A, H] = [6, 3, 2, 8]
const base = {
  obsSize: O,
  actionSize: A,
  hidden: [H],
  activation: 'relu',
  low: [-1, -1],
  high: [1, 1],
} as const
const executor = wasmExecutor()
const RATE = 0.01

type Row = readonly number[]
/** A network of one hidden layer out of a flat vector, from `at` on. */
function network(params: ArrayLike<number>, at: number, inputs: number, outputs: number) {
  const [w, b] = [at, at + inputs * H]
  const [v, c] = [b + H, b + H + H * outputs]
  const forward = (x: Row): Row => {
    const hidden = Array.from({ length: H }, (_, j) =>
      Math.max(
        0,
        x.reduce((sum, value, i) => sum + value * params[w + i * H + j], params[b + j]),
      ),
    )
    return Array.from({ length: outputs }, (_, k) =>
      hidden.reduce((sum, value, j) => sum + value * params[v + j * outputs + k], params[c + k]),
    )
  }
  return { forward }
}
/** Two critics, layer by layer side by side; taken apart into one after the other. */
const twin = (params: ArrayLike<number>) => {
  const sizes = [(O + A) * H, H, H, 1]
  const critic = (i: number) => {
    let at = 0
    const own = sizes.flatMap(size => {
      const start = at + i * size
      at += 2 * size
      return Array.from({ length: size }, (_, k) => params[start + k])
    })
    return network(own, 0, O + A, 1)
  }
  const both = [critic(0), critic(1)]
  const all = (obs: Row, action: Row): Row => both.map(q => q.forward([...obs, ...action])[0])
  return {
    all,
    least: (obs: Row, action: Row) => Math.min(...all(obs, action)),
    first: (obs: Row, action: Row) => all(obs, action)[0],
  }
}
const mean = (values: Row): number => values.reduce((sum, x) => sum + x, 0) / values.length
const rows = Array.from({ length: M }, (_, m) => m)
/** Drawn evenly, or by priority: then rows count as much as their weights say, and their errors are given back. */
const draws = [{ prioritised: false }, { prioritised: true }] as const
const weight = (rng: Rng): number => rng.range(0, 1)
const expectClose = (a: Row, b: Row): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((value, m) => {
    expect(value).toBeCloseTo(b[m], 4)
  })
}

/** A run with random inputs and states; rows of inputs, states and outputs by name. */
function run(graph: Graph, special: Readonly<Record<string, (rng: Rng) => number>> = {}) {
  const session = executor.compileSync(graph)
  const rng = new Rng(11, STREAM.data)
  const inputs: Record<string, Float32Array> = {}
  for (const [name, { size }] of graph.inputs) {
    const draw = special[name] ?? ((r: Rng) => r.range(-0.9, 0.9))
    inputs[name] = Float32Array.from({ length: size }, () => draw(rng))
    session.input(name).set(name.endsWith('earningRate') ? inputs[name].fill(RATE) : inputs[name])
  }
  const states: Record<string, Float32Array> = {}
  for (const [name, { size }] of graph.states) {
    const moment = name.includes('/')
    states[name] = Float32Array.from({ length: size }, () => (moment ? 0 : 0.4 * rng.normal()))
    session.writeState(name, states[name])
  }
  session.run()
  return {
    states,
    row: (name: string, m: number): Row => {
      const width = graph.inputs.get(name)!.shape[1]
      return [...inputs[name].subarray(m * width, (m + 1) * width)]
    },
    output: (name: string) => session.output(name)[0],
    outputs: (name: string): Row => [...session.output(name)],
    after: (name: string) => session.readState(name),
  }
}
/** Targets go `tau` of the way to the new parameters. */
function expectFollows(before: Float32Array, leader: Float32Array, after: Float32Array, tau: number): void {
  after.forEach((value, i) => {
    expect(value).toBeCloseTo((1 - tau) * before[i] + tau * leader[i], 6)
  })
}
const expectMoved = (before: Float32Array, after: Float32Array): void =>
  expect(Math.max(...after.map((value, i) => Math.abs(value - before[i])))).toBeGreaterThan(RATE / 2)

/** tanh(mean + std·noise) and its log density, from the actor's output. */
function squashed(output: Row, noise: Row): { action: Row; logProb: number } {
  const us = noise.map((e, a) => {
    const logStd = -5 + 3.5 * (Math.tanh(output[A + a]) + 1)
    return { u: output[a] + Math.exp(logStd) * e, logStd, e }
  })
  return {
    action: us.map(({ u }) => Math.tanh(u)),
    logProb: us.reduce(
      (sum, { u, logStd, e }) =>
        sum - 0.5 * e * e - logStd - 0.5 * Math.log(2 * Math.PI) - Math.log(1 - Math.tanh(u) ** 2),
      0,
    ),
  }
}

test.each(draws)(
  'SAC, by priority: $prioritised: soft targets, clipped double Q, entropy in the actor, temperature towards the wanted entropy',
  drawn => {
    const settings = algorithmConfigs.sac.parse({ tau: 0.1, targetEntropy: -1.5, ...drawn })
    const spec: PolicySpec = { ...base, head: 'squashed' }
    const { states, row, output, outputs, after } = run(sacUpdateGraph(spec, settings, M), { weight })
    const actor = network(states.actor, 0, O, 2 * A)
    const [critic, target] = [twin(states.critic), twin(states.target)]
    const temperature = Math.exp(states.critic.at(-1)!)
    const errors = rows.map(m => {
      const next = squashed(actor.forward(row('nextObs', m)), row('nextNoise', m))
      const value = target.least(row('nextObs', m), next.action) - temperature * next.logProb
      const wanted = row('reward', m)[0] + row('discount', m)[0] * value
      return critic.all(row('obs', m), row('action', m)).map(q => Math.abs(q - wanted))
    })
    const counts = rows.map(m => (drawn.prioritised ? row('weight', m)[0] : 1))
    const criticLosses = errors.map((both, m) => counts[m] * both.reduce((sum, error) => sum + error ** 2, 0))
    const own = rows.map(m => squashed(actor.forward(row('obs', m)), row('noise', m)))
    const actorLosses = own.map(
      ({ action, logProb }, m) => temperature * logProb - critic.least(row('obs', m), action),
    )
    expect(output('criticLoss')).toBeCloseTo(mean(criticLosses), 4)
    if (drawn.prioritised) {
      const larger = errors.map(both => Math.max(...both))
      expectClose(outputs('error'), larger)
    }
    expect(output('actorLoss')).toBeCloseTo(mean(actorLosses), 4)
    expect(output('entropy')).toBeCloseTo(-mean(own.map(({ logProb }) => logProb)), 4)
    expect(output('temperature')).toBeCloseTo(temperature, 5)
    // Less entropy than wanted raises the temperature, more lowers it.
    const surplus = mean(own.map(({ logProb }) => logProb)) - 1.5
    expect(Math.sign(after('critic').at(-1)! - states.critic.at(-1)!)).toBe(Math.sign(surplus))
    expectMoved(states.actor, after('actor'))
    expectFollows(states.target, after('critic').subarray(0, states.target.length), after('target'), 0.1)
  },
)

test('gradients are shortened where that is asked for', () => {
  const spec: PolicySpec = { ...base, head: 'squashed' }
  const moments = (maxGradNorm?: number) => {
    const { after } = run(sacUpdateGraph(spec, algorithmConfigs.sac.parse({ maxGradNorm }), M))
    // After one step Adam's first moment is a tenth of the gradient.
    return ['actor/m', 'critic/m'].map(name => 10 * Math.hypot(...after(name)))
  }
  const free = moments()
  for (const norm of free) expect(norm).toBeGreaterThan(0.02)
  for (const norm of moments(0.01)) expect(norm).toBeCloseTo(0.01, 4)
  expect(moments(1e3)[0]).toBeCloseTo(free[0], 3)
})

test('SAC with a fixed temperature leaves it alone', () => {
  const settings = algorithmConfigs.sac.parse({ temperature: 0.2 })
  const { states, after } = run(sacUpdateGraph({ ...base, head: 'squashed' }, settings, M))
  expect(after('critic').at(-1)).toBe(states.critic.at(-1))
  expectMoved(states.critic, after('critic'))
})

test.each(draws)(
  'TD3, by priority: $prioritised: smoothed target actions, clipped double Q, and an actor uphill on the first critic',
  drawn => {
    const settings = algorithmConfigs.td3.parse({
      tau: 0.1,
      targetNoise: 0.8,
      targetNoiseClip: 0.3,
      ...drawn,
    })
    const spec: PolicySpec = { ...base, head: 'deterministic' }
    const step = run(criticStepGraph(spec, settings, M), { weight })
    const { states, row } = step
    const actor = network(states.targetActor, 0, O, A)
    const [critic, target] = [twin(states.critic), twin(states.targetCritic)]
    const clip = (x: number, limit: number) => Math.max(-limit, Math.min(limit, x))
    const errors = rows.map(m => {
      const action = actor
        .forward(row('nextObs', m))
        .map((u, a) => clip(Math.tanh(u) + clip(0.8 * row('noise', m)[a], 0.3), 1))
      const wanted = row('reward', m)[0] + row('discount', m)[0] * target.least(row('nextObs', m), action)
      return critic.all(row('obs', m), row('action', m)).map(q => Math.abs(q - wanted))
    })
    const counts = rows.map(m => (drawn.prioritised ? row('weight', m)[0] : 1))
    const losses = errors.map((both, m) => counts[m] * both.reduce((sum, error) => sum + error ** 2, 0))
    expect(step.output('criticLoss')).toBeCloseTo(mean(losses), 4)
    if (drawn.prioritised) {
      const larger = errors.map(both => Math.max(...both))
      expectClose(step.outputs('error'), larger)
    }
    expectMoved(states.critic, step.after('critic'))

    const climb = run(actorStepGraph(spec, settings, M))
    const own = network(climb.states.actor, 0, O, A)
    const values = rows.map(m =>
      twin(climb.states.critic).first(climb.row('obs', m), own.forward(climb.row('obs', m)).map(Math.tanh)),
    )
    expect(climb.output('actorLoss')).toBeCloseTo(-mean(values), 5)
    expectMoved(climb.states.actor, climb.after('actor'))
    expect(climb.after('critic')).toEqual(climb.states.critic)
    expectFollows(climb.states.targetActor, climb.after('actor'), climb.after('targetActor'), 0.1)
    expectFollows(climb.states.targetCritic, climb.states.critic, climb.after('targetCritic'), 0.1)
  },
)

test.each(draws)(
  'DQN, by priority: $prioritised: the network chooses, the target network says what that is worth; Huber’s loss',
  drawn => {
    const settings = algorithmConfigs.dqn.parse({ tau: 0.1, ...drawn })
    const choices = [
      [-1, 0],
      [0, 1],
      [1, -1],
      [0.5, 0.5],
    ]
    const K = choices.length
    const spec: PolicySpec = { ...base, head: 'discrete', choices }
    const { states, row, output, outputs, after } = run(dqnUpdateGraph(spec, settings, M), {
      reward: rng => 4 * rng.normal(),
      weight,
    })
    const online = network(states.params, 0, O, K)
    const target = network(states.target, 0, O, K)
    const errors = rows.map(m => {
      const values = online.forward(row('nextObs', m))
      const best = values.indexOf(Math.max(...values))
      const wanted = row('reward', m)[0] + row('discount', m)[0] * target.forward(row('nextObs', m))[best]
      // The choices are weights here, not one-hot: the loss is the same function of them.
      const value = online.forward(row('obs', m)).reduce((sum, q, k) => sum + q * row('choice', m)[k], 0)
      return Math.abs(value - wanted)
    })
    const huber = errors.map(error => (error < 1 ? 0.5 * error ** 2 : error - 0.5))
    const losses = huber.map((loss, m) => (drawn.prioritised ? row('weight', m)[0] : 1) * loss)
    expect(output('loss')).toBeCloseTo(mean(losses), 4)
    if (drawn.prioritised) expectClose(outputs('error'), errors)
    expectMoved(states.params, after('params'))
    expectFollows(states.target, after('params'), after('target'), 0.1)
  },
)

test.each([true, false])('Cal-QL, calibrated: %s: values of sampled actions are pushed down', calibrate => {
  const n = 3
  const settings = algorithmConfigs.calql.parse({
    sampledActions: n,
    conservatism: 0.7,
    minibatch: M,
    calibrate,
  })
  // Some returns are higher than the values, some lower.
  const { states, row, output } = run(calQlGraph({ ...base, head: 'squashed' }, settings), {
    returns: rng => 2 * rng.normal(),
  })
  const actor = network(states.actor, 0, O, 2 * A)
  const critic = twin(states.critic)
  let lifted = 0
  const penalties = [0, 1].map(i =>
    mean(
      rows.map(m => {
        const obs = row('obs', m)
        const [least] = row('returns', m)
        const sampled = Array.from({ length: n }, (_, j) => m * n + j).flatMap(sample => {
          const own = squashed(actor.forward(obs), row('sampleNoise', sample))
          const next = squashed(actor.forward(row('nextObs', m)), row('nextSampleNoise', sample))
          const calibrated = [own, next].map(({ action, logProb }) => {
            const value = critic.all(obs, action)[i]
            if (value < least) lifted++
            // Those of the policy not below what the data got.
            return (calibrate ? Math.max(value, least) : value) - logProb
          })
          return [critic.all(obs, row('uniform', sample))[i] + A * Math.LN2, ...calibrated]
        })
        const total = Math.log(sampled.reduce((sum, q) => sum + Math.exp(q), 0))
        return total - critic.all(obs, row('action', m))[i]
      }),
    ),
  )
  expect(lifted).toBeGreaterThan(5)
  expect(lifted).toBeLessThan(2 * 2 * M * n - 5)
  expect(output('penalty')).toBeCloseTo(0.7 * (penalties[0] + penalties[1]), 4)
})

test('critics with layer norm see standardised layers', () => {
  const settings = algorithmConfigs.td3.parse({ layerNorm: true })
  const plain = algorithmConfigs.td3.parse({})
  const spec: PolicySpec = { ...base, head: 'deterministic' }
  const own = run(actorStepGraph(spec, settings, M))
  expect(own.output('actorLoss')).not.toBeCloseTo(run(actorStepGraph(spec, plain, M)).output('actorLoss'), 3)
  const q = own.states.critic
  const actor = network(own.states.actor, 0, O, A)
  const [weights, biases, last] = [0, 2 * (O + A) * H, 2 * (O + A) * H + 2 * H]
  const values = rows.map(m => {
    const x = [...own.row('obs', m), ...actor.forward(own.row('obs', m)).map(Math.tanh)]
    const z = Array.from({ length: H }, (_, j) =>
      x.reduce((sum, value, i) => sum + value * q[weights + i * H + j], q[biases + j]),
    )
    const centred = z.map(value => value - mean(z))
    const scale = Math.sqrt(mean(centred.map(value => value ** 2)) + 1e-5)
    return centred.reduce((sum, value, j) => sum + Math.max(0, value / scale) * q[last + j], q[last + 2 * H])
  })
  expect(own.output('actorLoss')).toBeCloseTo(-mean(values), 4)
})
