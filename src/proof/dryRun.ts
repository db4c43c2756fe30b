/** Scores recordings with a program before it is trained on: is it finite everywhere, and pure? */
import { termTable } from '../../rewards/index.ts'
import type { ScoreColumns } from '../core/batch.ts'
import { rescoringCopy } from '../core/episode.ts'
import type { SourcePosition } from '../core/errors.ts'
import type { LoadedProgram, RewardProgram, TermSummary } from '../core/reward.ts'
import { episodesOf } from '../randomPlay.ts'
import type { SimplePolicy } from '../solve.ts'
import { positionOfKey, positionOfWord } from '../sourceText.ts'
import type { Play, ProofData } from './data.ts'
import type { ProofFailure } from './failure.ts'
import type { OpenScoring, PlacedFailure } from './scoring.ts'

export interface DryRun {
  readonly failures: readonly ProofFailure[]
  /** The data again, scored. */
  readonly plays: readonly Play[]
  readonly poses: ScoreColumns
  /** Of random play: its valid steps, the episodes begun, what each term amounts to, and how often the criterion holds. */
  readonly steps: number
  readonly episodes: number
  readonly terms: readonly TermSummary[]
  readonly success: number
  /** Terms that are the same number in every recorded step. */
  readonly constant: ReadonlyMap<string, number>
  /** µs it takes to score a step of random play. */
  readonly microseconds: number
}

/** Potentials telescope: over an episode they pay Φ at its end less Φ at its start, and so rank policies as Φ does. */
const GAMMA = 1

/** What a policy's steps are called. */
export const STEPS: Readonly<Record<SimplePolicy, string>> = {
  random: 'random steps',
  zero: 'steps without action',
  expert: 'steps of the expert',
}

export async function dryRun(loaded: LoadedProgram, open: OpenScoring, data: ProofData): Promise<DryRun> {
  const bind = (rows: number) => open(loaded, data.spec, { rows, gamma: GAMMA })
  const failures = new Map<string, ProofFailure>()
  const plays: Play[] = []
  let microseconds = 0
  for (const { policy, columns: recorded } of data.plays) {
    const columns = rescoringCopy(recorded)
    await using scoring = await bind(columns.N)
    const began = performance.now()
    const failed = await scoring.score(columns)
    if (policy === 'random') microseconds = (1000 * (performance.now() - began)) / (columns.T * columns.N)
    for (const failure of failed) {
      if (!failures.has(failure.term)) failures.set(failure.term, whyFailed(loaded, failure, policy, columns))
    }
    plays.push({ policy, columns })
  }
  for (const { columns } of plays) {
    await using scoring = await bind(1)
    for (const [owner, failure] of await impurities(loaded, scoring.score, columns, data.spec.dt)) {
      if (!failures.has(owner)) failures.set(owner, failure)
    }
  }
  const poses = rescoringCopy(data.poses.columns)
  await using scoring = await bind(poses.N)
  await scoring.score(poses)
  const [{ columns: random }] = plays
  const steps = sum(random.valid)
  return {
    failures: [...failures.values()],
    plays,
    poses,
    steps,
    episodes: [...episodesOf(random)].length,
    terms: termTable(random, scoring),
    success: sum(random.success) / steps,
    constant: constants(loaded.program, [...plays.map(({ columns }) => columns), poses]),
    microseconds,
  }
}

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0)
export const placed = (at: SourcePosition | undefined): { readonly at?: SourcePosition } =>
  at === undefined ? {} : { at }

const called = (owner: string, { terms }: RewardProgram): string =>
  terms.some(({ name }) => name === owner) ? `Term '${owner}'` : `The function ${owner}`

/** Where a term or another function of the program is defined. */
export function positionOf(
  owner: string,
  { file, source, program }: LoadedProgram,
): SourcePosition | undefined {
  if (file === undefined) return undefined
  const isTerm = program.terms.some(({ name }) => name === owner)
  return isTerm ? positionOfKey(file, source, 'terms', owner) : positionOfWord(file, source, owner)
}

function whyFailed(
  loaded: LoadedProgram,
  { term, row, episode, time, message, count, at }: PlacedFailure,
  policy: SimplePolicy,
  { valid }: ScoreColumns,
): ProofFailure {
  return {
    stage: 'dry-run',
    message: `${called(term, loaded.program)} fails after ${count} of ${sum(valid)} ${STEPS[policy]}, first in episode ${episode} of environment ${row} at ${time.toFixed(2)} s. ${message}`,
    hint: 'Make it give a finite number for every state; in training it would be switched off there.',
    ...placed(at ?? positionOf(term, loaded)),
  }
}

/**
 * Scores every episode again by itself, as recordings are, and compares bits. A program that asks a clock or a random
 * generator, or keeps something outside of its memory, gives itself away. One failure a function.
 */
async function impurities(
  loaded: LoadedProgram,
  score: (columns: ScoreColumns) => Promise<unknown>,
  whole: ScoreColumns,
  dt: number,
): Promise<Map<string, ProofFailure>> {
  const { program } = loaded
  const rows = whole.T * whole.N
  const found = new Map<string, ProofFailure>()
  for (const { first, columns } of episodesOf(whole)) {
    await score(columns)
    const { T } = columns
    const compare = (owner: string, once: ArrayLike<number>, again: ArrayLike<number>) => {
      if (found.has(owner)) return
      for (let t = 0; t < T; t++) {
        const before = once[first + t * whole.N]
        if (Object.is(before, again[t])) continue
        found.set(owner, {
          stage: 'dry-run',
          message: `${called(owner, program)} is not pure: after the same step, at ${((t + 1) * dt).toFixed(2)} s of an episode, it gave ${before} and, scored again, ${again[t]}.`,
          hint: PURE,
          ...placed(positionOf(owner, loaded)),
        })
        return
      }
    }
    program.terms.forEach(({ name }, k) => {
      compare(
        name,
        whole.terms.subarray(k * rows, (k + 1) * rows),
        columns.terms.subarray(k * T, (k + 1) * T),
      )
    })
    compare('success', whole.success, columns.success)
    if (found.size === 0) compare('combine', whole.reward, columns.reward)
  }
  return found
}

const PURE =
  'It may depend on s and on its memory alone: no clock, no random numbers, and what it remembers in memory: { … }.'

/** Of labels nothing is known before they come. */
function constants({ terms }: RewardProgram, scored: readonly ScoreColumns[]): Map<string, number> {
  const found = new Map<string, number>()
  terms.forEach(({ name, kind }, k) => {
    if (kind === 'label') return
    const values = new Set<number>()
    for (const { T, N, valid, terms } of scored) {
      for (let row = 0; row < T * N && values.size < 2; row++) {
        if (valid[row] === 1) values.add(terms[k * T * N + row])
      }
    }
    if (values.size === 1) found.set(name, [...values][0])
  })
  return found
}
