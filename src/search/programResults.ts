/** What policies on the library's programs and on their rivals have reached, as it is kept: one line a policy in `programs.csv`. */
import { existsSync, readFileSync } from 'node:fs'
import { CarrotError } from '../core/errors.ts'

/** Of a judged policy. */
export const EPISODES = 100
/** Success that a policy is said to have learned the task at. */
export const LEARNED = 0.8

export type RewardKind = 'library' | 'expert' | 'success only'

/** What one policy came to: a line of programs.csv. */
export interface TrialResult {
  /** Name of the library's program. */
  readonly task: string
  readonly env: string
  readonly kind: RewardKind
  readonly algorithm: string
  readonly seed: number
  readonly steps: number
  /** First digits of the SHA-256 of the program that was trained on. */
  readonly hash: string
  /** Of 100 episodes without exploration, 0…1. */
  readonly success: number
  /** Environment steps until four fifths of the last 100 training episodes succeeded; null when they never did. */
  readonly stepsToLearned: number | null
}

export const HASH_DIGITS = 12
const COLUMNS = [
  'task',
  'env',
  'kind',
  'algorithm',
  'seed',
  'steps',
  'hash',
  'success',
  'stepsToLearned',
] as const satisfies readonly (keyof TrialResult)[]

export const csvOf = (results: readonly TrialResult[]): string =>
  [COLUMNS.join(','), ...results.map(result => COLUMNS.map(column => result[column] ?? '').join(','))]
    .join('\n')
    .concat('\n')

/** Throws CarrotError 'bad-file' when it is something else. */
export function readResults(file: string): TrialResult[] {
  if (!existsSync(file)) return []
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  if (header !== COLUMNS.join(',')) {
    throw new CarrotError(
      'bad-file',
      `${file} does not hold results of this command.`,
      'Name another folder with --out, or move that file away.',
    )
  }
  return lines.map(line => {
    const cells = line.split(',')
    const cell = (column: (typeof COLUMNS)[number]) => cells[COLUMNS.indexOf(column)]
    return {
      task: cell('task'),
      env: cell('env'),
      kind: cell('kind') as RewardKind,
      algorithm: cell('algorithm'),
      seed: Number(cell('seed')),
      steps: Number(cell('steps')),
      hash: cell('hash'),
      success: Number(cell('success')),
      stepsToLearned: cell('stepsToLearned') === '' ? null : Number(cell('stepsToLearned')),
    }
  })
}

/** Of the same policy: results of an older version of a program give way to those of the newer. */
export const isSamePlace = (a: TrialResult, b: TrialResult): boolean =>
  a.task === b.task && a.kind === b.kind && a.seed === b.seed && a.steps === b.steps
