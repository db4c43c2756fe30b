/** The published rewards: that they are sound, and that they want what their tasks want. */
import { describe, expect, test } from 'vitest'
import { envById, envs } from '../../envs/index.ts'
import { bindReward, experts, programs } from '../../rewards/index.ts'
import { atStart, bothOf, longTail } from '../../rewards/terms/metaworld.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { playSimply } from '../../src/randomPlay.ts'
import { PROGRAM_TASKS } from '../../src/search/programTasks.ts'
import type { SimplePolicy } from '../../src/solve.ts'
import { rewardContract } from '../contract/reward.ts'

for (const program of experts) rewardContract(program)

test('every manipulation task has one beside its program, under a name of its own', async () => {
  const tasks = PROGRAM_TASKS.filter(({ rival }) => rival === 'expert').map(({ env }) => env)
  expect(experts.map(({ name }) => name)).toEqual(tasks.map(env => `${env}-expert`))
  expect(experts.map(({ env }) => env)).toEqual(tasks)
  expect(tasks.every(env => programs.some(program => program.name === env && program.env === env))).toBe(true)
  expect(envs.map(({ spec }) => spec.id)).toEqual(expect.arrayContaining(tasks))
  const { program, source } = await loadProgram('button-press-expert')
  expect(program).toBe(experts.find(({ name }) => name === 'button-press-expert'))
  expect(source).toContain("from 'carrot-rl'")
})

describe.each(experts.map(program => [program.name, program] as const))('%s', (_, program) => {
  const definition = envById(program.env as string)

  /** The reward of every step, and whether the task was solved after it. */
  async function played(policy: SimplePolicy) {
    const columns = await playSimply(definition, policy, { rows: 1, steps: 200, seed: 7 })
    bindReward(program, definition.spec, { rows: 1, gamma: 0.99 }).score(columns)
    return { reward: [...columns.reward], success: [...columns.success] }
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

  test('pays whoever solves the task more than chance and idleness, and most when it is solved', async () => {
    const solved = await played('expert')
    expect(solved.success).toContain(1)
    expect(mean(solved.reward)).toBeGreaterThan(mean((await played('random')).reward))
    expect(mean(solved.reward)).toBeGreaterThan(mean((await played('zero')).reward))
    const [before, after] = [0, 1].map(is => solved.reward.filter((_, t) => solved.success[t] === is))
    expect(mean(after)).toBeGreaterThan(mean(before))
  })
})

describe('the shapes of Meta-World', () => {
  test('a long tail is 1 within its bound and a tenth at its margin', () => {
    expect(longTail(0.05, 0.05, 0.3)).toBe(1)
    expect(longTail(0.35, 0.05, 0.3)).toBeCloseTo(0.1, 12)
    expect(longTail(0.65, 0.05, 0.3)).toBeCloseTo(1 / 37, 12)
    expect(longTail(0.06, 0.05, 0)).toBe(0)
    expect(longTail(Number.NaN, 0.05, 0.3)).toBeNaN()
  })

  test('the product of Hamacher is ab/(a + b − ab), and 0 for two zeros', () => {
    expect(bothOf(0.5, 0.5)).toBeCloseTo(1 / 3, 12)
    expect(bothOf(1, 0.3)).toBeCloseTo(0.3, 12)
    expect(bothOf(0, 0)).toBe(0)
  })

  test('what came first is kept', () => {
    const memory = new Float64Array(1)
    expect([atStart(memory, 3), atStart(memory, 5)]).toEqual([3, 3])
  })
})
