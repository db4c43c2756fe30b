import { describe, expect, test } from 'vitest'
import { bindReward, defineReward, vlm } from '../../rewards/index.ts'
import type { VlmOptions } from '../../rewards/vlm/index.ts'
import { goalBaseline, meanDirection, scoreOf, softmaxOf, textAxes } from '../../rewards/vlm/index.ts'
import { CarrotError } from '../../src/core/errors.ts'
import type { BindOptions, RewardProgram } from '../../src/core/reward.ts'
import { Rng } from '../../src/core/rng.ts'
import { allColumns, atStart, visionColumns } from '../../src/core/vision.ts'
import { type Recorded, recording, spec } from './recording.ts'

const E = 32
const rng = new Rng(7, 1)
const unit = (): Float64Array =>
  meanDirection(
    Float64Array.from({ length: E }, () => rng.normal()),
    E,
  )
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0)

describe('goal–baseline regularisation', () => {
  test('two numbers a frame give what the projection matrix gives', () => {
    for (let trial = 0; trial < 20; trial++) {
      const [goal, baseline, frame] = [unit(), unit(), unit()]
      const axes = textAxes(goal, baseline, E)
      const d = axes.direction as Float64Array
      for (const alpha of [0, 0.25, 0.5, 0.9, 1]) {
        // As published: 1 − ½‖P(s − g)‖² with P = α d dᵀ + (1 − α) I.
        let square = 0
        for (let i = 0; i < E; i++) {
          let projected = 0
          for (let j = 0; j < E; j++) {
            const P = alpha * d[i] * d[j] + (i === j ? 1 - alpha : 0)
            projected += P * (frame[j] - goal[j])
          }
          square += projected * projected
        }
        const along = dot(frame, d) - axes.origin
        expect(goalBaseline(dot(frame, goal), along, alpha)).toBeCloseTo(1 - square / 2, 12)
      }
    }
  })

  test('alpha 0 is the cosine, to the bit; alpha 1 sees nothing across the way from baseline to goal', () => {
    for (const similarity of [-0.3, 0.1234567890123, 1]) {
      expect(goalBaseline(similarity, 0.7, 0)).toBe(similarity)
      expect(goalBaseline(similarity, 0.3, 1)).toBeCloseTo(1 - 0.3 ** 2 / 2, 15)
    }
  })

  test('several prompts make one of unit length; texts that are the same, or cancel out, are refused', () => {
    const [a, b] = [unit(), unit()]
    const { goal } = textAxes([...a, ...b], [], E)
    expect(dot(goal, goal)).toBeCloseTo(1, 14)
    expect(dot(goal, a)).toBeCloseTo(dot(goal, b), 14)
    expect(() => textAxes(a, a, E)).toThrow('same text to the model')
    expect(() => textAxes([...a, ...a.map(x => -x)], [], E)).toThrow('cancel each other out')
  })
})

describe('other heads', () => {
  test('softmax: one of several equal texts has its share, a cold one takes all, and ties are not lost', () => {
    expect(softmaxOf(0.3, [0.3, 0.3, 0.3], 0.07)).toBeCloseTo(0.25, 14)
    expect(softmaxOf(0.4, [0.3], 0.1)).toBeCloseTo(1 / (1 + Math.exp(-1)), 14)
    expect(softmaxOf(0.4, [0.3, 0.2], 1e-4)).toBe(1)
    expect(softmaxOf(0.2, [0.9], 1e-4)).toBe(0)
  })

  test('a threshold makes it 0 or 1, and no label stays none', () => {
    const head = { type: 'threshold' } as const
    expect(scoreOf(head, { threshold: 0.5 }, 0.51, 0, [])).toBe(1)
    expect(scoreOf(head, { threshold: 0.5 }, 0.5, 0, [])).toBe(0)
    expect(scoreOf(head, { threshold: 0.5, alpha: 1 }, 0.1, 0.2, [])).toBe(1)
    expect(scoreOf(head, { threshold: 0.5 }, Number.NaN, 0, [])).toBeNaN()
    const softmax = { type: 'softmax', negatives: ['lying'] } as const
    expect(scoreOf(softmax, { temperature: 0.1, threshold: 0.7 }, 0.4, 0, [0.3])).toBe(1)
  })
})

const programOf = (
  options: Omit<VlmOptions, 'weight' | 'prompt'> & Partial<VlmOptions> = {},
): RewardProgram =>
  defineReward({
    name: 'seen',
    reads: {},
    terms: { pose: vlm({ weight: 1, prompt: 'kneeling', every: 2, ...options }) },
  })

const requestOf = (program: RewardProgram) =>
  program.terms[0].vision as NonNullable<RewardProgram['terms'][number]['vision']>

const NONE = Number.NaN

function score(program: RewardProgram, recorded: Partial<Recorded>, options: Partial<BindOptions> = {}) {
  const columns = recording({ signals: { position: [0, 1, 2, 3, 4] }, ...recorded } as Recorded)
  const scorer = bindReward(program, spec, { rows: recorded.N ?? 1, gamma: 0.5, ...options })
  const failures = scorer.score(columns)
  return { columns, scorer, failures, reward: [...columns.reward] }
}

describe('a term that looks', () => {
  const plain = programOf()
  const [{ goal }] = visionColumns(requestOf(plain))

  test('pays steps between two frames what the last one was worth, from the first state on', () => {
    const labels = { [goal]: [NONE, 0.4, NONE, 0.6], [atStart(goal)]: [0.2, NONE, NONE, NONE] }
    expect(score(plain, { labels }).reward).toEqual([0.2, 0.4, 0.4, 0.6])
  })

  test('begins anew with an episode, and goes on from batch to batch and over a checkpoint', () => {
    const first = { [goal]: [NONE, 0.4, NONE, NONE], [atStart(goal)]: [0.2, NONE, NONE, 0.1] }
    const stepInEpisode = [0, 1, 2, 0, 1]
    const { scorer, reward } = score(plain, { labels: first, stepInEpisode, reset: [2] })
    expect(reward).toEqual([0.2, 0.4, 0, 0.1])
    const again = bindReward(plain, spec, { rows: 1, gamma: 0.5 })
    again.loadMemory(scorer.saveMemory())
    const next = recording({
      signals: { position: [4, 5, 6] },
      stepInEpisode: [1, 2, 3],
      labels: { [goal]: [NONE, 0.9], [atStart(goal)]: [NONE, NONE] },
    })
    again.score(next)
    expect([...next.reward]).toEqual([0.1, 0.9])
  })

  test('pays nothing before it has seen anything', () => {
    const labels = { [goal]: [NONE, 0.4, NONE, NONE], [atStart(goal)]: [NONE, NONE, NONE, NONE] }
    expect(score(plain, { labels }).reward).toEqual([0, 0.4, 0.4, 0.4])
    expect(score(plain, { labels: {} }).reward).toEqual([0, 0, 0, 0])
  })

  test('as a potential, leaves what is best as it was: the discounted sum is the end less the start', () => {
    const program = programOf({ shape: 'potential' })
    const labels = { [goal]: [NONE, 0.4, NONE, 0.6], [atStart(goal)]: [0.2, NONE, NONE, NONE] }
    const { reward } = score(program, { labels, truncated: [3] })
    const sum = (rewards: number[]) => rewards.reduce((total, r, t) => total + 0.5 ** t * r, 0)
    expect(sum(reward)).toBeCloseTo(0.5 ** 4 * 0.6 - 0.2, 14)
    // A terminal state is worth nothing.
    expect(sum(score(program, { labels, terminated: [3] }).reward)).toBeCloseTo(-0.2, 14)
  })

  test('less what it began with', () => {
    const labels = { [goal]: [NONE, 0.5, NONE, 0.75], [atStart(goal)]: [0.25, NONE, NONE, NONE] }
    expect(score(programOf({ shape: 'minus-initial' }), { labels }).reward).toEqual([0, 0.25, 0.25, 0.5])
  })

  test('normalised by what the score is where nothing was learned', () => {
    const program = programOf({ normalise: { mean: 0.25, std: 0.125 } })
    const labels = { [goal]: [NONE, 0.5, NONE, 0.125], [atStart(goal)]: [0.25, NONE, NONE, NONE] }
    expect(score(program, { labels }).reward).toEqual([0, 2, 2, -1])
  })

  test('from several cameras, the mean of what each is worth', () => {
    const program = programOf({ camera: ['side', 'front'], baseline: 'a robot', alpha: 1, every: 1 })
    const request = requestOf(program)
    const labels = Object.fromEntries(allColumns(request).map(column => [column, [0, 0, 0, 0]]))
    const [side, front] = visionColumns(request)
    labels[side.along as string] = [0, 0.2, 0, 0]
    labels[front.along as string] = [0, 0.4, NONE, 0]
    const { reward } = score(program, { labels })
    expect(reward[1]).toBeCloseTo(1 - (0.2 ** 2 + 0.4 ** 2) / 4, 14)
    // One camera that sees nothing leaves the step to what was seen before.
    expect(reward[2]).toBe(reward[1])
  })

  test('is the same in a recording under other dials, without another look', () => {
    const program = programOf({ baseline: 'a robot', alpha: 0.5, every: 1 })
    const [{ goal, along }] = visionColumns(requestOf(program))
    const labels = {
      [goal]: [0.1, 0.2, 0.3, 0.4],
      [along as string]: [0.9, 0.5, 0.2, 0],
      [atStart(goal)]: [0, NONE, NONE, NONE],
      [atStart(along as string)]: [1, NONE, NONE, NONE],
    }
    const { scorer, columns, reward } = score(program, { labels })
    expect(scorer.weights).toEqual({ pose: 1, 'pose.alpha': 0.5, 'pose.mean': 0, 'pose.std': 1 })
    scorer.setWeights({ 'pose.alpha': 0 })
    scorer.score(columns)
    expect([...columns.reward]).toEqual([0.1, 0.2, 0.3, 0.4])
    const other = score(program, { labels }, { weights: { 'pose.alpha': 1, pose: 2 } })
    expect(other.reward[1]).toBeCloseTo(2 * (1 - 0.5 ** 2 / 2), 14)
    expect(reward[1]).toBeCloseTo(goalBaseline(0.2, 0.5, 0.5), 14)
    expect(() => scorer.setWeights({ 'pose.alpha': 1.5 })).toThrow("Of term 'pose', alpha is 1.5.")
    expect(() => scorer.setWeights({ 'pose.alhpa': 1 })).toThrow("no term 'pose.alhpa'")
  })

  test('another head or shape scores the same recording', () => {
    const negatives = ['standing', 'kneeling']
    const program = programOf({ head: { softmax: negatives, temperature: 0.1 }, every: 1 })
    const columns = visionColumns(requestOf(program))[0]
    // A negative equal to the goal is dropped.
    expect(columns.negatives).toHaveLength(1)
    expect(columns.goal).toBe(goal)
    const labels = Object.fromEntries(
      allColumns(requestOf(program)).map(name => [name, [0.2, 0.2, 0.2, 0.2]]),
    )
    labels[goal] = [0.2, 0.3, 0.1, 0.2]
    const seen = score(program, { labels }).reward
    expect(seen[0]).toBeCloseTo(0.5, 14)
    expect(seen[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14)
    expect(score(programOf({ head: { threshold: 0.25 }, every: 1 }), { labels }).reward).toEqual([0, 1, 0, 0])
  })

  test('late labels are paid when they come; meanwhile nothing, or what was last known', () => {
    const labels = { [goal]: [NONE, 0.4, NONE, 0.6], [atStart(goal)]: [0.2, NONE, NONE, NONE] }
    for (const [policy, meanwhile] of [
      ['late', 0],
      ['hold', 0.6],
    ] as const) {
      const program = programOf({ policy })
      const { scorer, columns, reward } = score(program, { labels: {} })
      expect(reward).toEqual([0, 0, 0, 0])
      for (const [name, column] of Object.entries(labels)) columns.labels.set(name, Float64Array.from(column))
      scorer.relabel(columns)
      expect([...columns.reward]).toEqual([0.2, 0.4, 0.4, 0.6])
      columns.labels.clear()
      scorer.score(columns)
      expect([...columns.reward]).toEqual(Array(4).fill(meanwhile))
    }
  })

  test('a similarity that is infinite is a failure of the term', () => {
    const labels = { [goal]: [0.1, Infinity, 0, 0], [atStart(goal)]: [0, NONE, NONE, NONE] }
    const { failures } = score(programOf({ every: 1 }), { labels })
    expect(failures).toMatchObject([{ term: 'pose', time: 1, message: 'The similarity is infinite.' }])
  })
})

describe('what is asked for wrongly is told when the file is loaded', () => {
  const faults: readonly (readonly [string, object, string])[] = [
    ['no prompt', { prompt: undefined }, "Term 'pose' of seen has a prompt that is not text."],
    ['an empty prompt', { prompt: ['kneeling', ' '] }, 'has a prompt that is not text'],
    [
      'a baseline that is the prompt',
      { baseline: 'kneeling' },
      "has the baseline 'kneeling', which is its prompt",
    ],
    ['alpha without a baseline', { alpha: 0.5 }, 'has alpha 0.5 and no baseline'],
    ['alpha out of range', { baseline: 'a robot', alpha: 2 }, 'alpha is 2'],
    ['no steps between frames', { every: 0 }, 'looks every 0 steps'],
    ['an unknown policy', { policy: 'never' }, "has policy 'never'"],
    ['an unknown shape', { shape: 'potentail' }, "has shape 'potentail'"],
    ['an unknown head', { head: 'sigmoid' }, "has head 'sigmoid'"],
    ['a softmax over nothing', { head: { softmax: 'kneeling' } }, 'which is always 1'],
    ['a cold softmax', { head: { softmax: 'standing', temperature: 0 } }, 'temperature is 0'],
    ['a spread of nothing', { normalise: { mean: 0, std: 0 } }, 'std is 0'],
    ['a share without distillation', { share: 0.5 }, 'the others would be paid nothing'],
    ['a misspelt key', { promt: 'kneeling' }, "has 'promt', which means nothing here"],
  ]
  test.each(faults)('%s', (_, options, message) => {
    const define = () => programOf(options as never)
    expect(define).toThrow(CarrotError)
    expect(define).toThrow(message)
  })
})
