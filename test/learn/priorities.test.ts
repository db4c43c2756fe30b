/** Draws in proportion to priorities: the tree of sums, the buffer that keeps it right, and a problem where it matters. */
import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../src/core/policy.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Tensor } from '../../src/graph/tensor.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { createLearner, policySpec } from '../../src/learn/algorithms.ts'
import { dqnUpdateGraph } from '../../src/learn/dqn.ts'
import type { LearnBatch } from '../../src/learn/learner.ts'
import type { Drawn, Minibatch } from '../../src/learn/minibatch.ts'
import { drawMixed } from '../../src/learn/mixture.ts'
import { Priorities } from '../../src/learn/priorities.ts'
import { ReplayBuffer, type ReplayShape } from '../../src/learn/replay.ts'
import { sacUpdateGraph } from '../../src/learn/sac.ts'
import { criticStepGraph } from '../../src/learn/td3.ts'
import { algorithmConfigs } from '../../src/learnConfig.ts'
import { EXECUTORS, expectAgreement, random } from '../graph/executors.ts'

/** p of an error, with α = 0.6. */
const priorityOf = (error: number): number => (Math.abs(error) + 1e-3) ** 0.6

test('places are drawn in proportion to (|δ| + ε)^α, and those without a transition never', () => {
  const errors = [0, 3, -1, 0.2, 0, 10, -0.5]
  const priorities = new Priorities(9, 0.6)
  errors.forEach((error, place) => {
    priorities.renew(place)
    priorities.learned(place, error)
  })
  priorities.forget(4)
  // Errors of what is not there change nothing.
  priorities.learned(4, 100)
  priorities.learned(7, 100)
  const wanted = [...errors.map(priorityOf), 0, 0].map((p, place) => (place === 4 ? 0 : p))
  const total = wanted.reduce((sum, p) => sum + p, 0)
  expect(priorities.total).toBeCloseTo(total, 12)
  expect(priorities.count).toBe(6)

  const draws = 100_000
  const rng = new Rng(1, STREAM.data)
  const counts = new Float64Array(9)
  for (let i = 0; i < draws; i++) counts[priorities.at(rng.uniform() * priorities.total)]++
  wanted.forEach((p, place) => {
    const expected = (draws * p) / total
    expect(Math.abs(counts[place] - expected), `place ${place}`).toBeLessThanOrEqual(4 * Math.sqrt(expected))
  })
})

test('every place has just its share of the whole', () => {
  for (const places of [1, 2, 5, 8, 13]) {
    const priorities = new Priorities(places, 1)
    // Whole numbers, so that sums are exact.
    for (let place = 0; place < places; place++) priorities.put(place, (place * 7) % 4)
    const shares = new Float64Array(places)
    for (let mass = 0; mass < priorities.total; mass += 0.5) shares[priorities.at(mass)] += 0.5
    if (priorities.total > 0)
      expect([...shares]).toEqual(Array.from({ length: places }, (_, place) => (place * 7) % 4))
  }
})

test('after many changes the tree is what its leaves make it, to the bit', () => {
  const places = 300
  const rng = new Rng(2, STREAM.data)
  const priorities = new Priorities(places, 0.6)
  for (let i = 0; i < 20_000; i++) {
    const place = rng.below(places)
    const kind = rng.uniform()
    if (kind < 0.1) priorities.forget(place)
    else if (kind < 0.3) priorities.renew(place)
    else priorities.learned(place, 10 ** rng.range(-6, 6))
  }
  const again = new Priorities(places, 0.6)
  for (let place = places - 1; place >= 0; place--) again.put(place, priorities.of(place))
  expect(again.total).toBe(priorities.total)
  expect(again.count).toBe(priorities.count)
  const all = Array.from({ length: places }, (_, place) => priorities.of(place))
  expect(priorities.total).toBeCloseTo(
    all.reduce((sum, p) => sum + p, 0),
    6,
  )
  for (let i = 0; i < 1000; i++) {
    const mass = rng.uniform() * priorities.total
    const place = priorities.at(mass)
    expect(again.at(mass)).toBe(place)
    expect(priorities.of(place)).toBeGreaterThan(0)
  }
  // Rounding may carry a mass up to the total, and past the last leaf that holds something.
  expect(priorities.of(priorities.at(priorities.total))).toBeGreaterThan(0)
})

test('what is new has the greatest priority there ever was', () => {
  const priorities = new Priorities(3, 0.6)
  priorities.renew(0)
  expect(priorities.of(0)).toBe(1)
  priorities.learned(0, 20)
  priorities.learned(0, 2)
  priorities.renew(1)
  expect(priorities.of(1)).toBe(priorityOf(20))
})

const SHAPE = { rows: 2, obsSize: 1, actionSize: 1, gamma: 0.5, nStep: 3, priorityAlpha: 0.6 }
const buffer = (steps: number, shape: Partial<ReplayShape> = {}) =>
  new ReplayBuffer({ ...SHAPE, steps, ...shape })

/** T steps of two rows from time `from` on; the observation tells time and row, and a step in nine each is something else. */
function steps(T: number, from: number, rng: Rng): LearnBatch {
  const some = (share: number) => Uint8Array.from({ length: 2 * T }, () => Number(rng.uniform() < share))
  return {
    T,
    N: 2,
    obs: Float32Array.from({ length: 2 * (T + 1) }, (_, i) => 2 * from + i),
    action: new Float32Array(2 * T),
    logProb: new Float32Array(2 * T),
    reward: Float64Array.from({ length: 2 * T }, () => (rng.uniform() < 1 / 9 ? Number.NaN : rng.normal())),
    terminated: some(1 / 9),
    truncated: some(1 / 9),
    valid: some(8 / 9),
  }
}
const minibatch = (M: number): Minibatch & { readonly drawn: Drawn } => ({
  obs: new Float32Array(M),
  action: new Float32Array(M),
  reward: new Float32Array(M),
  nextObs: new Float32Array(M),
  discount: new Float32Array(M),
  drawn: { weight: new Float32Array(M), place: new Int32Array(M) },
})
/** Everything that is drawn, by its observation. */
function drawnFrom(replay: ReplayBuffer): Map<number, readonly number[]> {
  const into = minibatch(1500)
  replay.draw(new Rng(3, STREAM.data), into)
  return new Map(
    [...into.obs].map((obs, m) => [obs, [into.reward[m], into.nextObs[m], into.discount[m]]] as const),
  )
}
const sorted = <V>(map: Map<number, V>) => [...map].sort(([a], [b]) => a - b)

test.each([1, 3])(
  'what can be drawn evenly can be drawn by priority, whatever came and went, n = %d',
  nStep => {
    const rng = new Rng(4, STREAM.data)
    const replays = [buffer(17, { nStep }), buffer(17, { nStep, priorityAlpha: undefined })]
    let end = 0
    for (let i = 0; i < 12; i++) {
      const T = 1 + rng.below(i === 6 ? 40 : 7)
      const batch = steps(T, end, rng)
      end += T
      const late = rng.below(end)
      const labels = Float64Array.from({ length: 12 }, () =>
        rng.uniform() < 0.2 ? Number.NaN : rng.normal(),
      )
      for (const replay of replays) {
        replay.add(batch)
        replay.relabel(late, labels)
      }
      const [own, wanted] = replays.map(drawnFrom)
      expect(sorted(own)).toEqual(sorted(wanted))
    }
    // A seam: nothing goes on from where the last batch ended.
    for (const replay of replays) replay.add(steps(3, 1000, new Rng(5, STREAM.data)))
    const [own, wanted] = replays.map(drawnFrom)
    expect(sorted(own)).toEqual(sorted(wanted))
  },
)

/** Six steps of one row, a reward each. */
const six = (): LearnBatch => ({
  T: 6,
  N: 1,
  obs: Float32Array.from({ length: 7 }, (_, t) => t),
  action: new Float32Array(6),
  logProb: new Float32Array(6),
  reward: new Float64Array(6).fill(1),
  terminated: new Uint8Array(6),
  truncated: Uint8Array.of(0, 0, 1, 0, 0, 0),
  valid: new Uint8Array(6).fill(1),
})
const prioritiesOf = (replay: ReplayBuffer): number[] => [...replay.save().priority]

/** Learns from every transition, wrong by δ each. */
function learnAll(replay: ReplayBuffer, error: number): void {
  const into = minibatch(60)
  replay.draw(new Rng(1, STREAM.data), into)
  expect(new Set(into.drawn.place).size).toBe(6)
  replay.learned(into.drawn, new Float32Array(60).fill(error))
}

test('a reward that changes renews what it enters, and nothing else', () => {
  const replay = buffer(6, { rows: 1, nStep: 2 })
  replay.add(six())
  expect(prioritiesOf(replay)).toEqual([1, 1, 1, 1, 1, 1])
  learnAll(replay, 0.25)
  const low = priorityOf(0.25)
  expect(prioritiesOf(replay)).toEqual(Array(6).fill(low))
  // The same rewards again: nothing is to be learned anew.
  replay.relabel(0, [1, 1, 1, 1, 1, 1])
  expect(prioritiesOf(replay)).toEqual(Array(6).fill(low))
  // Of steps 4 and 3 it is in the target; step 2 ended its episode.
  replay.relabel(4, [2])
  expect(prioritiesOf(replay)).toEqual([low, low, low, 1, 1, low])
  replay.relabel(3, [2])
  expect(prioritiesOf(replay)).toEqual([low, low, low, 1, 1, low])
  // Taken away, it makes what it enters unfit; back again, that is new.
  replay.relabel(1, [Number.NaN])
  expect(prioritiesOf(replay)).toEqual([0, 0, low, 1, 1, low])
  replay.relabel(1, [1])
  expect(prioritiesOf(replay)).toEqual([1, 1, low, 1, 1, low])
})

test('rows weigh (N·P)^−β of their buffer, the largest 1', () => {
  const [own, other] = [buffer(6, { rows: 1, nStep: 1 }), buffer(6, { rows: 1, nStep: 1 })]
  own.add(six())
  other.add({ ...six(), obs: six().obs.map(time => time + 100) })
  const into = minibatch(400)
  const mixture = [
    { buffer: own, share: 0.5 },
    { buffer: other, share: 0.5 },
  ]
  const errors = (obs: number): number => (obs < 100 ? 1 + obs : 2 * (obs - 100) ** 2)
  const learnAndDraw = (beta: number): void => {
    drawMixed(mixture, new Rng(1, STREAM.data), into, beta)
    for (const { buffer: each } of mixture) each.learned(into.drawn, into.obs.map(errors))
    drawMixed(mixture, new Rng(1, STREAM.data), into, beta)
  }
  for (const beta of [0, 0.4, 1]) {
    learnAndDraw(beta)
    const weights = [0, 100].map(from => {
      const all = Array.from({ length: 6 }, (_, i) => priorityOf(errors(from + i)))
      const total = all.reduce((sum, p) => sum + p, 0)
      return all.map(p => ((6 * p) / total) ** -beta)
    })
    const wanted = [...into.obs].map(obs => (obs < 100 ? weights[0][obs] : weights[1][obs - 100]))
    const largest = Math.max(...wanted)
    into.drawn.weight.forEach((weight, m) => {
      expect(weight).toBeCloseTo(wanted[m] / largest, 5)
    })
  }
  // With β = 1 a buffer counts in all what its transitions do when each is drawn as often.
  drawMixed(mixture.slice(0, 1), new Rng(2, STREAM.data), into, 1)
  const shares = new Float64Array(6)
  into.obs.forEach((obs, m) => {
    shares[obs] += into.drawn.weight[m]
  })
  const mean = shares.reduce((sum, share) => sum + share, 0) / 6
  // The least of them is drawn 27 times of 400, or 28.
  for (const share of shares) expect(share / mean).toBeCloseTo(1, 1)
})

test('saved and loaded it draws the same, also into a smaller ring; a checkpoint without priorities is refused', () => {
  const rng = new Rng(6, STREAM.data)
  const replay = buffer(9)
  replay.add(steps(7, 0, rng))
  replay.add(steps(7, 7, rng))
  const into = minibatch(20)
  replay.draw(rng, into)
  replay.learned(
    into.drawn,
    into.obs.map(() => rng.normal()),
  )
  const again = buffer(9)
  again.add(steps(5, 50, rng))
  again.load(replay.save())
  expect(again.save()).toEqual(replay.save())
  const [a, b] = [minibatch(50), minibatch(50)]
  replay.draw(new Rng(7, STREAM.data), a, 0, 50, 0.4)
  again.draw(new Rng(7, STREAM.data), b, 0, 50, 0.4)
  expect(b).toEqual(a)
  const smaller = buffer(4)
  smaller.load(replay.save())
  expect(prioritiesOf(smaller)).toEqual(prioritiesOf(replay).slice(-8))
  const { priority: _, ...without } = buffer(9, { priorityAlpha: undefined }).save()
  expect(() => replay.load(without)).toThrow(/has no tensor 'priority'/)
})

test('where nothing has a label, nothing is learned, and no weight is given', () => {
  const replay = buffer(4, { rows: 1 })
  replay.add({ ...six(), reward: new Float64Array(6).fill(Number.NaN) })
  const into = minibatch(3)
  into.reward.fill(5)
  into.drawn.weight.fill(5)
  drawMixed([{ buffer: replay, share: 1 }], new Rng(1, STREAM.data), into)
  expect([...into.reward, ...into.discount, ...into.drawn.weight]).toEqual(Array(9).fill(0))
  replay.learned(into.drawn, new Float32Array(3).fill(1))
  expect(prioritiesOf(replay)).toEqual([0, 0, 0, 0])
})

describe('updates give back the same errors on every executor', () => {
  const M = 5
  const sizes = { obsSize: 3, actionSize: 1, hidden: [4], activation: 'relu', low: [-1], high: [1] } as const
  const byPriority = { prioritised: true }
  const graphs = [
    sacUpdateGraph({ ...sizes, head: 'squashed' }, algorithmConfigs.sac.parse(byPriority), M),
    criticStepGraph({ ...sizes, head: 'deterministic' }, algorithmConfigs.td3.parse(byPriority), M),
    dqnUpdateGraph(
      { ...sizes, head: 'discrete', choices: [[-1], [1]] },
      algorithmConfigs.dqn.parse(byPriority),
      M,
    ),
  ]
  for (const { name, executor, test: on } of EXECUTORS) {
    on(name, async () => {
      for (const graph of graphs) {
        const fill = (tensors: ReadonlyMap<string, Tensor>, from: number): Record<string, Float32Array> =>
          Object.fromEntries(
            [...tensors].map(([key, { size }], i) => [key, random(size, from + i, 0.1, 0.5)] as const),
          )
        expect([...graph.outputs.keys()]).toContain('error')
        await expectAgreement(executor, graph, fill(graph.inputs, 1), fill(graph.states, 50))
      }
    })
  }
})

/**
 * The blind cliff walk of the paper: of two actions one leads on, the other ends the episode, and only the last right one
 * pays. The memory holds every sequence of choices once, so that one transition in 2000 pays.
 */
function cliff(states: number): LearnBatch {
  const rows: { state: number; right: number; valid: number }[] = []
  for (let code = 0; code < 2 ** states; code++) {
    let state = 0
    for (;;) {
      const right = (code >> state) & 1
      rows.push({ state, right, valid: 1 })
      if (right === 0 || state === states - 1) break
      state++
    }
    rows.push({ state, right: 0, valid: 0 })
  }
  const T = rows.length
  const last = states - 1
  const obs = new Float32Array((T + 1) * states)
  rows.forEach(({ state }, t) => {
    obs[t * states + state] = 1
  })
  const ends = ({ state, right, valid }: (typeof rows)[number]) =>
    valid === 1 && (right === 0 || state === last)
  return {
    T,
    N: 1,
    obs,
    action: Float32Array.from(rows, ({ right }) => 2 * right - 1),
    logProb: new Float32Array(T),
    reward: Float64Array.from(rows, ({ state, right }) => Number(right === 1 && state === last)),
    terminated: Uint8Array.from(rows, row => Number(ends(row))),
    truncated: new Uint8Array(T),
    valid: Uint8Array.from(rows, ({ valid }) => valid),
  }
}

/** Q(s, a) of a network of one hidden layer, for states that are one-hot. */
function values(params: ArrayLike<number>, states: number, hidden: number, s: number): number[] {
  const [b, v] = [states * hidden, states * hidden + hidden]
  return [0, 1].map(k => {
    let q = params[v + 2 * hidden + k]
    for (let h = 0; h < hidden; h++)
      q += Math.max(0, params[s * hidden + h] + params[b + h]) * params[v + 2 * h + k]
    return q
  })
}

test('where one transition in two thousand pays, values are right in far fewer steps', async () => {
  const states = 10
  const gamma = 1 - 1 / states
  const offline = cliff(states)
  const stepsUntilRight = async (prioritised: boolean, seed: number): Promise<number> => {
    const settings = algorithmConfigs.dqn.parse({
      hidden: [32],
      minibatch: 8,
      batch: 8,
      gamma,
      learningRate: 3e-3,
      tau: 0.05,
      prioritised,
      priorityAlpha: 0.8,
    })
    const chosen = { algorithm: 'dqn', settings } as const
    const action = { names: ['go'], low: [-1], high: [1], unit: '1', choices: [[-1], [1]] } as const
    const spec: PolicySpec = policySpec(chosen, states, { action })
    const plan = { spec, seed, iterations: 1, shape: { T: 1, N: 8 }, offline }
    const learner = await createLearner(wasmExecutor(), chosen, plan)
    const error = (): number => {
      const { params } = learner.save()
      let sum = 0
      for (let s = 0; s < states; s++) {
        const [wrong, right] = values(params, states, 32, s)
        sum += wrong ** 2 + (right - gamma ** (states - 1 - s)) ** 2
      }
      return sum / (2 * states)
    }
    let made = 0
    while (error() > 1e-3 && made < 10_000) {
      await learner.pretrain!(50)
      made += 50
    }
    return made
  }
  let [even, drawn] = [0, 0]
  for (const seed of [1, 2, 3, 4, 5]) {
    even += await stepsUntilRight(false, seed)
    drawn += await stepsUntilRight(true, seed)
  }
  expect(even).toBeLessThan(50_000)
  expect(drawn).toBeLessThan(0.6 * even)
})
