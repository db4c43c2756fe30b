import { expect, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { LearnBatch } from '../../src/learn/learner.ts'
import { type Minibatch, UNKNOWN_RETURN } from '../../src/learn/minibatch.ts'
import { drawMixed } from '../../src/learn/mixture.ts'
import { ReplayBuffer } from '../../src/learn/replay.ts'

const GAMMA = 0.5

/** One row whose observation is the time, whose action is −time and whose reward is 1, from time `from` on. */
function steps(from: number, flags: string, reward: (time: number) => number = () => 1): LearnBatch {
  const T = flags.length
  const marked = (mark: string) => Uint8Array.from(flags, flag => Number(flag === mark))
  return {
    T,
    N: 1,
    obs: Float32Array.from({ length: T + 1 }, (_, t) => from + t),
    action: Float32Array.from({ length: T }, (_, t) => -(from + t)),
    logProb: new Float32Array(T),
    reward: Float64Array.from({ length: T }, (_, t) => reward(from + t)),
    terminated: marked('e'),
    truncated: marked('c'),
    valid: Uint8Array.from(flags, flag => Number(flag !== 'r')),
  }
}
const buffer = (length: number, nStep = 1) =>
  new ReplayBuffer({ steps: length, rows: 1, obsSize: 1, actionSize: 1, gamma: GAMMA, nStep })
const minibatch = (M: number): Minibatch => ({
  obs: new Float32Array(M),
  action: new Float32Array(M),
  reward: new Float32Array(M),
  nextObs: new Float32Array(M),
  discount: new Float32Array(M),
})
/** What is drawn, by the time of its first step. */
function drawn(from: ReplayBuffer) {
  const into = minibatch(400)
  from.draw(new Rng(1, STREAM.data), into)
  const found = new Map<number, { next: number; reward: number; discount: number }>()
  into.obs.forEach((time, m) => {
    expect(into.action[m]).toBe(-time)
    found.set(time, { next: into.nextObs[m], reward: into.reward[m], discount: into.discount[m] })
  })
  return new Map([...found].sort(([a], [b]) => a - b))
}

test('every valid transition is drawn with its true successor; terminations are worth nothing after', () => {
  const replay = buffer(10)
  // Steps, an end by termination, the reset, steps, an end by the clock, the reset.
  replay.add(steps(0, '..er.cr.'))
  const found = drawn(replay)
  expect([...found.keys()]).toEqual([0, 1, 2, 4, 5, 7])
  for (const [time, { next, reward }] of found) {
    expect(next).toBe(time + 1)
    expect(reward).toBe(1)
  }
  expect(found.get(2)?.discount).toBe(0)
  expect(found.get(5)?.discount).toBe(GAMMA)
})

test('n steps add up within an episode only, over batches, and end at the newest step', () => {
  const replay = buffer(10, 3)
  replay.add(steps(0, '..'))
  replay.add(steps(2, '..e'))
  const found = drawn(replay)
  expect(found.get(0)).toEqual({ next: 3, reward: 1.75, discount: 0.125 })
  expect(found.get(1)).toEqual({ next: 4, reward: 1.75, discount: 0.125 })
  expect(found.get(3)).toEqual({ next: 5, reward: 1.5, discount: 0 })
  const cut = buffer(10, 3)
  cut.add(steps(0, '...'))
  expect(drawn(cut).get(2)).toEqual({ next: 3, reward: 1, discount: 0.5 })
})

test('returns are of the rest of the episode, and not known before it has ended', () => {
  const replay = buffer(10)
  replay.add(steps(0, '..'))
  const returns = () => {
    const into = { ...minibatch(200), returns: new Float32Array(200) }
    replay.draw(new Rng(1, STREAM.data), into)
    return new Map([...into.obs].map((time, m) => [time, into.returns[m]] as const).sort(([a], [b]) => a - b))
  }
  expect([...returns().values()]).toEqual([Math.fround(UNKNOWN_RETURN), Math.fround(UNKNOWN_RETURN)])
  replay.add(steps(2, '.cr..'))
  const unknown = Math.fround(UNKNOWN_RETURN)
  expect([...returns()]).toEqual([
    [0, 1.875],
    [1, 1.75],
    [2, 1.5],
    [3, 1],
    [5, unknown],
    [6, unknown],
  ])
})

test('returns follow rewards that come late or change, and are not known while one is missing', () => {
  const replay = buffer(10)
  const missing = (time: number) => (time === 1 ? Number.NaN : 1)
  replay.add(steps(0, '..c', missing))
  replay.add(steps(3, 'r.er..'))
  const returns = () => [...replay.save().returns]
  const unknown = Math.fround(UNKNOWN_RETURN)
  expect(returns()).toEqual([unknown, unknown, 1, unknown, 1.5, 1, unknown, unknown, unknown])
  replay.relabel(1, [3])
  expect(returns()).toEqual([2.75, 3.5, 1, unknown, 1.5, 1, unknown, unknown, unknown])
  replay.relabel(0, [1, 1, 2, 0, 5, 1])
  expect(returns()).toEqual([2, 2, 2, unknown, 5.5, 1, unknown, unknown, unknown])
  replay.relabel(4, [Number.NaN])
  expect(returns()).toEqual([2, 2, 2, unknown, unknown, 1, unknown, unknown, unknown])
})

test('the oldest steps go first', () => {
  const replay = buffer(4)
  replay.add(steps(0, '...'))
  replay.add(steps(3, '...'))
  expect(replay.size).toBe(4)
  expect([...drawn(replay).keys()]).toEqual([2, 3, 4, 5])
})

test('a reward may come late, and may be replaced; what is gone is passed over', () => {
  const replay = buffer(4)
  replay.add(steps(0, '...', time => (time === 1 ? 1 : Number.NaN)))
  expect([...drawn(replay).keys()]).toEqual([1])
  replay.relabel(0, [7, 8, 9])
  expect([...drawn(replay).values()].map(({ reward }) => reward)).toEqual([7, 8, 9])
  replay.add(steps(3, '...'))
  replay.relabel(0, [70, 80, 90])
  expect([...drawn(replay)].map(([time, { reward }]) => [time, reward])).toEqual([
    [2, 90],
    [3, 1],
    [4, 1],
    [5, 1],
  ])
})

test('where nothing has a label, nothing is learned', () => {
  const replay = buffer(4)
  replay.add(steps(0, '..', () => Number.NaN))
  const into = minibatch(3)
  into.reward.fill(5)
  replay.draw(new Rng(1, STREAM.data), into)
  expect([...into.reward, ...into.discount]).toEqual([0, 0, 0, 0, 0, 0])
})

test('saved and loaded it draws the same, also into a smaller ring', () => {
  const replay = buffer(5, 2)
  replay.add(steps(0, '..er'))
  replay.add(steps(4, '..c'))
  const again = buffer(5, 2)
  again.load(replay.save())
  expect(drawn(again)).toEqual(drawn(replay))
  expect(again.save()).toEqual(replay.save())
  const smaller = buffer(2)
  smaller.load(replay.save())
  expect([...drawn(smaller).keys()]).toEqual([5, 6])
  const wider = new ReplayBuffer({ ...replay.shape, obsSize: 2 })
  expect(() => wider.load(replay.save())).toThrow(/'obs' is \[6\]; this run needs \[12\]/)
})

test('a step whose successor is not what follows is not drawn', () => {
  const replay = buffer(9)
  replay.add(steps(0, '...'))
  replay.add(steps(10, '...'))
  expect([...drawn(replay).keys()]).toEqual([0, 1, 10, 11, 12])
})

test('several buffers share a minibatch; an empty one leaves its part to the others', () => {
  const [own, other, empty] = [buffer(5), buffer(5), buffer(5)]
  own.add(steps(0, '...'))
  other.add(steps(100, '...'))
  const into = minibatch(8)
  const mixture = [
    { buffer: own, share: 0.5 },
    { buffer: empty, share: 1 },
    { buffer: other, share: 0.5 },
  ]
  drawMixed(mixture, new Rng(1, STREAM.data), into)
  expect(into.obs.filter(time => time < 100)).toHaveLength(4)
  expect([...into.obs].map(time => time >= 100)).toEqual([...Array(4).fill(false), ...Array(4).fill(true)])
})
