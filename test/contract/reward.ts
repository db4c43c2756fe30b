/** What every reward program must do, whatever it asks for. Call `rewardContract(program)` in a test file. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward, experts, programs } from '../../rewards/index.ts'
import type { ScoreColumns } from '../../src/core/batch.ts'
import type { EnvDefinition } from '../../src/core/env.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import type { RewardProgram, RewardScorer } from '../../src/core/reward.ts'
import { checkReads, layoutOf } from '../../src/core/spec.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { episodesOf, playRandomly } from '../../src/randomPlay.ts'

/** Two rows, for longer than an episode: terminations, time limits and resets all happen. */
const PLAY = { rows: 2, seed: 5 }
const MORE = 50
const GAMMA = 0.97

const plays = new Map<string, Promise<ScoreColumns>>()
/** Random play of an environment, made once for all programs. */
function playOf(definition: EnvDefinition): Promise<ScoreColumns> {
  const { id, maxSteps } = definition.spec
  const play = plays.get(id) ?? playRandomly(definition, { ...PLAY, steps: maxSteps + MORE })
  plays.set(id, play)
  return play
}

/** Steps `from`…`to` of all rows, as a batch of their own. */
function part(columns: ScoreColumns, from: number, to: number): ScoreColumns {
  const { T, N } = columns
  const steps = <C extends Float64Array | Uint8Array | Int32Array>(column: C, ahead = 0) => {
    const width = column.length / (T + ahead)
    return column.slice(from * width, (to + ahead) * width) as C
  }
  return {
    T: to - from,
    N,
    signals: steps(columns.signals, 1),
    applied: steps(columns.applied),
    terminated: steps(columns.terminated),
    truncated: steps(columns.truncated),
    valid: steps(columns.valid),
    stepInEpisode: steps(columns.stepInEpisode, 1),
    episode: steps(columns.episode, 1),
    labels: new Map([...columns.labels].map(([name, column]) => [name, steps(column)])),
    terms: new Float64Array(0),
    reward: new Float64Array((to - from) * N),
    success: new Uint8Array((to - from) * N),
  }
}

/** All that scoring wrote, term by term, as bits. */
function written({ T, N, terms, reward, success }: ScoreColumns, rows: readonly number[]): bigint[] {
  const K = terms.length / (T * N)
  const numbers = rows.flatMap(row => [
    ...Array.from({ length: K }, (_, k) => terms[k * T * N + row]),
    reward[row],
    success[row],
  ])
  return Array.from(new BigInt64Array(Float64Array.from(numbers).buffer))
}
const all = (columns: ScoreColumns): bigint[] =>
  written(
    columns,
    Array.from({ length: columns.T * columns.N }, (_, row) => row),
  )

/** What the environment itself says of every step. */
function criterionOf({ spec }: EnvDefinition, { T, N, signals, valid }: ScoreColumns): number[] {
  const { width, slots } = layoutOf(spec.signals)
  const { offset } = slots[spec.success!.signal]
  return Array.from({ length: T * N }, (_, row) => valid[row] * signals[(row + N) * width + offset])
}

/** Its formulas, with the functions beside them where it is built in. */
async function textOf({ name, terms, success }: RewardProgram): Promise<string> {
  const formulas = [...terms.map(({ formula }) => formula), success].join('\n')
  if (![...programs, ...experts].some(program => program.name === name)) return formulas
  const { source } = await loadProgram(name)
  return source.replace(/^ {2}reads: \{[\s\S]*?^ {2}\},/m, '')
}

export function rewardContract(program: RewardProgram, definition = envById(program.env as string)): void {
  const { spec } = definition
  const bind = (rows: number, of = program): RewardScorer => bindReward(of, spec, { rows, gamma: GAMMA })
  const scored = async (of = program): Promise<ScoreColumns> => {
    const columns = rescoringCopy(await playOf(definition))
    expect(bind(PLAY.rows, of).score(columns)).toEqual([])
    return columns
  }

  describe(program.name, () => {
    test('says what it asks for', () => {
      expect(program.about).toMatch(/^[A-Z].*\.$/)
      expect(new Set(program.phrases).size).toBe(program.phrases.length)
    })

    test('reads what its environment gives, and no more than it uses', async () => {
      checkReads(program.name, program.reads, spec.id, spec.signals)
      const text = await textOf(program)
      for (const name of Object.keys(program.reads)) expect(text).toMatch(new RegExp(`\\b${name}\\b`))
    })

    test('is finite on real rollouts, resets and ends of episodes included', async () => {
      const columns = await scored()
      expect(columns.valid).toContain(0)
      for (const value of [...columns.reward, ...columns.terms]) expect(value).toSatisfy(Number.isFinite)
      for (let row = 0; row < columns.valid.length; row++) {
        if (columns.valid[row] === 0) expect(columns.reward[row]).toBe(0)
      }
    })

    test('gives the same bits every time', async () => {
      const once = await scored()
      expect(all(await scored())).toEqual(all(once))
      // By the same scorer too, when it starts from the same memory.
      const scorer = bind(PLAY.rows)
      const fresh = scorer.saveMemory()
      const copies = [rescoringCopy(once), rescoringCopy(once)]
      for (const copy of copies) {
        scorer.loadMemory(fresh)
        scorer.score(copy)
        expect(all(copy)).toEqual(all(once))
      }
    })

    test('gives the same bits however the steps are cut into batches', async () => {
      const whole = await scored()
      const half = Math.ceil(whole.T / 2)
      const scorer = bind(PLAY.rows)
      for (const [from, to] of [
        [0, 1],
        [1, 17],
        [17, half],
        [half, whole.T],
      ]) {
        const batch = part(whole, from, to)
        scorer.score(batch)
        const rows = Array.from({ length: batch.T * batch.N }, (_, row) => from * PLAY.rows + row)
        expect(all(batch)).toEqual(written(whole, rows))
      }
    })

    test('gives the same bits when a recorded episode is scored by itself', async () => {
      const whole = await scored()
      let episodes = 0
      for (const { first, columns } of episodesOf(whole)) {
        bind(1).score(columns)
        const rows = Array.from({ length: columns.T }, (_, t) => first + t * PLAY.rows)
        expect(all(columns)).toEqual(written(whole, rows))
        episodes++
      }
      expect(episodes).toBeGreaterThan(PLAY.rows)
    })

    test('is judged by its success criterion, and not paid for it', async () => {
      const { success: _, ...unjudged } = program
      const plain = await scored(unjudged)
      const judged = await scored()
      expect(judged.reward).toEqual(plain.reward)
      expect(judged.terms).toEqual(plain.terms)
      expect(Array.from(plain.success)).toEqual(criterionOf(definition, plain))
      // Random play does not do all the time what is asked for.
      expect(judged.success).toContain(0)
    })

    test('keeps raw terms apart from weights', async () => {
      const columns = await scored()
      const other = rescoringCopy(columns)
      const weights = Object.fromEntries(program.terms.map(({ name }, k) => [name, k - 0.5]))
      bindReward(program, spec, { rows: PLAY.rows, gamma: GAMMA, weights }).score(other)
      expect(other.terms).toEqual(columns.terms)
      // Random play may earn nothing of a sparse reward.
      if (columns.terms.some(value => value !== 0)) expect(other.reward).not.toEqual(columns.reward)
    })
  })
}
