import { expect, test } from 'vitest'
import { settings as caseSettings, specOf } from '../../bench/ppoCase.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { type Executor, gpuLost } from '../../src/graph/executor.ts'
import { withFallback } from '../../src/graph/fallback.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import type { LearnBatch } from '../../src/learn/learner.ts'
import { initialise, NetworkPolicy, policySnapshot } from '../../src/learn/policy.ts'
import { Ppo, type PpoSettings, ppoUpdateGraph } from '../../src/learn/ppo.ts'
import { losing } from '../graph/losing.ts'

const settings: PpoSettings = {
  ...caseSettings,
  epochs: 4,
  minibatches: 4,
  learningRate: 3e-3,
  normalizeObs: true,
}
const spec = specOf({ obsSize: 3, actionSize: 2, hidden: [16], rows: 8 })

const executor = wasmExecutor()

/** mean, value of one row, in float64, straight from the definition. */
function forward(params: Float32Array, x: readonly number[]) {
  let at = 0
  const take = (n: number): Float32Array => {
    at += n
    return params.subarray(at - n, at)
  }
  const layer = (input: readonly number[], out: number, activate: boolean): number[] => {
    const weight = take(input.length * out)
    const bias = take(out)
    return Array.from({ length: out }, (_, j) => {
      const z = input.reduce((sum, v, i) => sum + v * weight[i * out + j], bias[j])
      return activate ? Math.tanh(z) : z
    })
  }
  const mean = layer(layer(x, 16, true), 2, false)
  const logStd = [...take(2)]
  const [value] = layer(layer(x, 16, true), 1, false)
  return { mean, logStd, value }
}

test('the losses of the graph are those of the paper', () => {
  const M = 8
  const session = executor.compileSync(ppoUpdateGraph(spec, settings, M))
  const rng = new Rng(3, STREAM.data)
  const params = initialise(spec, 1).map(p => p + 0.3 * rng.normal())
  session.writeState('params', params)
  for (const name of ['obs', 'action', 'logProb', 'advantage', 'target', 'value']) {
    session.input(name).forEach((_, i, all) => {
      all[i] = name === 'logProb' ? -2.5 + 0.5 * rng.normal() : rng.normal()
    })
  }
  session.input('learningRate')[0] = 1e-3
  const feed = (name: string): number[] => [...session.input(name)]
  const [obs, action, old, advantage, target, oldValue] = [
    'obs',
    'action',
    'logProb',
    'advantage',
    'target',
    'value',
  ].map(feed)
  const mean = advantage.reduce((s, a) => s + a, 0) / M
  const std = Math.sqrt(advantage.reduce((s, a) => s + (a - mean) ** 2, 0) / (M - 1))
  let policyLoss = 0
  let valueLoss = 0
  let kl = 0
  let clipped = 0
  for (let i = 0; i < M; i++) {
    const row = forward(params, obs.slice(3 * i, 3 * i + 3))
    const logProb = row.mean.reduce((sum, m, a) => {
      const z = (action[2 * i + a] - m) / Math.exp(row.logStd[a])
      return sum - 0.5 * z * z - row.logStd[a] - 0.5 * Math.log(2 * Math.PI)
    }, 0)
    const ratio = Math.exp(logProb - old[i])
    const weight = (advantage[i] - mean) / (std + 1e-8)
    const bounded = Math.max(0.8, Math.min(1.2, ratio))
    policyLoss -= Math.min(ratio * weight, bounded * weight) / M
    const near = oldValue[i] + Math.max(-0.2, Math.min(0.2, row.value - oldValue[i]))
    valueLoss += (0.5 * Math.max((row.value - target[i]) ** 2, (near - target[i]) ** 2)) / M
    kl += (ratio - 1 - (logProb - old[i])) / M
    if (Math.abs(ratio - 1) > 0.2) clipped += 1 / M
  }
  session.run()
  const figure = (name: string): number => session.output(name)[0]
  expect(figure('policyLoss')).toBeCloseTo(policyLoss, 4)
  expect(figure('valueLoss')).toBeCloseTo(valueLoss, 4)
  expect(figure('approxKl')).toBeCloseTo(kl, 3)
  expect(figure('clipFraction')).toBeCloseTo(clipped, 5)
  expect(clipped).toBeGreaterThan(0)
  expect(figure('gradNorm')).toBeGreaterThan(0)
  const moved = session.readState('params').map((p, i) => p - params[i])
  expect(moved.every(Number.isFinite)).toBe(true)
  expect(moved.some(d => Math.abs(d) > 1e-4)).toBe(true)
})

/** One-step episodes: the best action is (0.5, -0.25) plus the first observation. */
function play(ppo: Ppo, sequence: number): { batch: LearnBatch; reward: number } {
  const [T, N] = [32, 8]
  const policy = new NetworkPolicy(executor, N)
  policy.load(ppo.snapshot)
  const rng = new Rng(9, STREAM.data).seek(sequence * 10_000)
  const rngs = Array.from({ length: N }, (_, n) => new Rng(9, STREAM.action, n).seek(sequence * 10_000))
  const columns = {
    obs: new Float32Array((T + 1) * N * 3).map(() => rng.normal()),
    action: new Float32Array(T * N * 2),
    logProb: new Float32Array(T * N),
    reward: new Float64Array(T * N),
    terminated: new Uint8Array(T * N).fill(1),
    truncated: new Uint8Array(T * N),
    valid: new Uint8Array(T * N).fill(1),
  }
  for (let t = 0; t < T; t++) {
    const obs = Float64Array.from(columns.obs.subarray(t * N * 3, (t + 1) * N * 3))
    const action = columns.action.subarray(t * N * 2, (t + 1) * N * 2)
    policy.sample(obs, rngs, action, columns.logProb.subarray(t * N, (t + 1) * N))
    for (let n = 0; n < N; n++) {
      const wanted = [0.5 + obs[n * 3], -0.25 + obs[n * 3]]
      columns.reward[t * N + n] = -wanted.reduce((sum, w, a) => sum + (action[2 * n + a] - w) ** 2, 0)
    }
  }
  const reward = columns.reward.reduce((sum, r) => sum + r, 0) / (T * N)
  return { batch: { ...columns, T, N }, reward }
}

const create = (seed: number, on: Executor = executor): Promise<Ppo> =>
  Ppo.create(on, { spec, settings, seed, iterations: 100, shape: { T: 32, N: 8 } })

test('it learns what pays, and a continued run is the run itself to the bit', async () => {
  const ppo = await create(1)
  const first = play(ppo, 0).reward
  for (let i = 0; i < 30; i++) await ppo.update(play(ppo, i).batch)
  const saved = ppo.save()
  const again = await create(1)
  again.load(saved)
  for (let i = 30; i < 60; i++) {
    const figures = await ppo.update(play(ppo, i).batch)
    expect(await again.update(play(again, i).batch)).toEqual(figures)
  }
  expect(again.save()).toEqual(ppo.save())
  const last = play(ppo, 60).reward
  expect(first).toBeLessThan(-3)
  expect(last).toBeGreaterThan(-0.8)
})

test('a GPU lost on the way costs the gradient steps since the last iteration, and learning goes on', async () => {
  const stepsEach = settings.epochs * settings.minibatches
  const [before, lost] = [10 * stepsEach, 5]
  const said: string[] = []
  const gpu = losing(before + lost, graph => gpuLost(graph, 'webgpu', new Error('the driver restarted')))
  const ppo = await create(
    1,
    withFallback(gpu, executor, message => said.push(message)),
  )
  const reference = await create(1)
  for (let i = 0; i < 10; i++) {
    const { batch } = play(ppo, i)
    await ppo.update(batch)
    await reference.update(batch)
  }
  expect(ppo.save()).toEqual(reference.save())
  expect(said).toEqual([])
  await ppo.update(play(ppo, 10).batch)
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('Learning goes on with wasm, from its last settled state.')
  expect(ppo.save()['adam/t'][0]).toBe(before + stepsEach - lost)
  for (let i = 11; i < 60; i++) await ppo.update(play(ppo, i).batch)
  expect(play(ppo, 60).reward).toBeGreaterThan(-0.8)
})

test('rows that were only reset are not learned from', async () => {
  const [a, b] = [await create(1), await create(1)]
  const { batch } = play(a, 0)
  for (const row of [3, 77]) batch.valid[row] = 0
  const spoiled = { ...batch, reward: batch.reward.slice(), action: batch.action.slice() }
  for (const row of [3, 77]) {
    spoiled.reward[row] = 1e6
    spoiled.action[2 * row] = 1e6
  }
  await a.update(batch)
  await b.update(spoiled)
  expect(b.save()).toEqual(a.save())
})

test('acting does not depend on how many rows act together', () => {
  const trained = initialise(spec, 4).map(p => p * 1.5)
  const normaliser = { mean: Float32Array.of(0.1, 0.2, -0.3), scale: Float32Array.of(2, 1, 0.5) }
  const snapshot = policySnapshot(spec, 0, normaliser, trained)
  const rng = new Rng(6, STREAM.data)
  const obs = Float64Array.from({ length: 7 * 3 }, () => rng.normal())
  const together = new Float32Array(14)
  const all = new NetworkPolicy(executor, 7)
  all.load(snapshot)
  all.mean(obs, together)
  const one = new NetworkPolicy(executor, 1)
  one.load(snapshot)
  const alone = new Float32Array(2)
  for (let n = 0; n < 7; n++) {
    one.mean(obs.subarray(3 * n, 3 * n + 3), alone)
    expect([...alone]).toEqual([...together.subarray(2 * n, 2 * n + 2)])
    const x = [0, 1, 2].map(i => (obs[3 * n + i] - normaliser.mean[i]) * normaliser.scale[i])
    forward(trained, x).mean.forEach((m, a) => {
      expect(alone[a]).toBeCloseTo(m, 5)
    })
  }
})

test('an iteration ends with the epoch that has moved the policy as far as it may', async () => {
  const played = async (targetKl?: number) => {
    const own = { ...settings, epochs: 6, targetKl }
    const ppo = await Ppo.create(executor, {
      spec,
      settings: own,
      seed: 1,
      iterations: 100,
      shape: { T: 32, N: 8 },
    })
    return (await ppo.update(play(ppo, 0).batch)).epochs
  }
  expect(await played()).toBe(6)
  expect(await played(1e-9)).toBe(1)
  expect(await played(10)).toBe(6)
})

test('a policy that runs away ends the update, and stays as it was', async () => {
  const own = { ...settings, learningRate: 30 }
  const ppo = await Ppo.create(executor, {
    spec,
    settings: own,
    seed: 1,
    iterations: 100,
    shape: { T: 32, N: 8 },
  })
  const { snapshot } = ppo
  const saved = ppo.save()
  await expect(ppo.update(play(ppo, 0).batch)).rejects.toMatchObject({ code: 'diverged' })
  expect(ppo.snapshot).toBe(snapshot)
  expect(ppo.save().params).toEqual(saved.params)
})

test('the first policy explores as widely as it is told to', async () => {
  const first = async (initialStd: number) => {
    const plan = { spec, seed: 1, iterations: 100, shape: { T: 64, N: 8 } }
    const ppo = await Ppo.create(executor, { ...plan, settings: { ...settings, initialStd } })
    const { batch } = play(ppo, 0)
    const squares = batch.action.reduce((sum, a) => sum + a * a, 0)
    return Math.sqrt(squares / batch.action.length)
  }
  // The first mean is near 0 everywhere.
  expect(await first(1)).toBeCloseTo(1, 1)
  expect(await first(0.1)).toBeCloseTo(0.1, 2)
})

test('actions of any range are learned as if it were −1 to 1', async () => {
  const wide = { ...spec, low: [-4, 1], high: [4, 3] }
  const plan = { settings, seed: 1, iterations: 100, shape: { T: 32, N: 8 } }
  const [unit, scaled] = [
    await Ppo.create(executor, { ...plan, spec }),
    await Ppo.create(executor, { ...plan, spec: wide }),
  ]
  const { batch } = play(unit, 0)
  const stretched = batch.action.map((a, i) => (i % 2 === 0 ? 4 * a : 2 + a))
  const figures = await scaled.update({ ...batch, action: Float32Array.from(stretched) })
  expect(figures.policyLoss).toBeCloseTo((await unit.update(batch)).policyLoss, 5)
  expect(figures.approxKl).toBeGreaterThan(0)
})
