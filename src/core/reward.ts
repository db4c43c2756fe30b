/** A reward program as the engine sees it. `rewards/define.ts` is how people write one. */
import type { ScoreColumns } from './batch.ts'
import type { EnvSpec, Fields, OptionValue, SuccessOver } from './spec.ts'
import type { VisionRequest } from './vision.ts'

/**
 * 'value' is paid as it is; 'potential' Φ is paid as γΦ(s′)−Φ(s) with Φ(terminal) = 0, which leaves the optimal policy
 * unchanged (Ng, Harada and Russell, 1999); 'label' reads a column that a slow source fills.
 */
export type TermKind = 'value' | 'potential' | 'label'

/** A named part of a reward: its default weight beside what computes it. */
export interface TermSpec {
  readonly name: string
  readonly kind: TermKind
  readonly weight: number
  /** Numbers of memory per environment row, zeroed when an episode starts; a view of it is the formula's second argument. */
  readonly memory: Readonly<Record<string, number>>
  /** The formula, of a cursor over signals. Absent for labels. */
  readonly formula?: (state: never, memory: never) => number
  /** For labels: name of the column read. */
  readonly label?: string
  /** For labels in its place: what a vision-language model is asked for. */
  readonly vision?: VisionRequest
}

export interface RewardProgram {
  readonly name: string
  /** One sentence: the behaviour it asks for. */
  readonly about: string
  /** Environment it was written for, when it was written for one. */
  readonly env?: string
  /** Values of that environment's options that the behaviour needs, e.g. that a fall does not end the episode. */
  readonly envOptions?: Readonly<Record<string, OptionValue>>
  /** Other ways to say `about`, used to find the program from text. */
  readonly phrases: readonly string[]
  readonly reads: Fields
  readonly terms: readonly TermSpec[]
  /** 'per-second' multiplies the combined reward by dt. */
  readonly rate: 'per-step' | 'per-second'
  /** Default: the weighted sum. */
  readonly combine?: (weighted: Readonly<Record<string, number>>) => number
  /** Judged after every step, never optimised. Default: the environment's own criterion. */
  readonly success?: (state: never) => boolean
  /** Steps of an episode that `success` must hold after. */
  readonly succeeds: SuccessOver
}

type Formula = (first: unknown, second?: unknown) => unknown

/** The program with every function replaced; owners are its terms, 'combine' and 'success'. */
export function withFunctions(
  program: RewardProgram,
  wrap: (owner: string, formula: Formula) => Formula,
): RewardProgram {
  const wrapped = <F>(owner: string, formula: F): F =>
    typeof formula === 'function' ? (wrap(owner, formula as unknown as Formula) as unknown as F) : formula
  return {
    ...program,
    terms: program.terms.map(term => ({ ...term, formula: wrapped(term.name, term.formula) })),
    combine: wrapped('combine', program.combine),
    success: wrapped('success', program.success),
  }
}

/** A program and where it came from. */
export interface LoadedProgram {
  readonly program: RewardProgram
  /** SHA-256 of the source, hex; weights are kept apart. */
  readonly hash: string
  /** TypeScript as written. */
  readonly source: string
  /** The same as one JavaScript module that imports 'carrot-rl' alone; its default export is the program. */
  readonly module: string
  /** File it was read from; absent for built-in programs. */
  readonly file?: string
  /** Nobody has vouched for it: `program` is without functions, and `module` runs in a sandbox. */
  readonly untrusted?: true
}

/** A term that threw or was not finite. A value, never an exception: one bad row must not end a long run. */
export interface TermFailure {
  readonly term: string
  /** Environment row, its episode, and the time in it, s. */
  readonly row: number
  readonly episode: number
  readonly time: number
  readonly message: string
  /** Rows of this term that failed in the batch. */
  readonly count: number
  /** The term is off from here on. */
  readonly muted: boolean
}

/** A program bound to one environment's columns. */
export interface RewardScorer {
  readonly program: RewardProgram
  readonly termNames: readonly string[]
  /** By term name; and, as `<term>.<dial>`, what else of a term can be changed at any time. */
  readonly weights: Readonly<Record<string, number>>
  /** Steps of an episode that the `success` column must hold in. */
  readonly succeeds: SuccessOver
  /** Terms switched off after failing. */
  readonly muted: ReadonlySet<string>
  /** Fills `terms`, `reward` and `success` in place. Pure, but for term memory, which is carried between batches per row. */
  score(columns: ScoreColumns): TermFailure[]
  /** Reads the labels of scored columns again, for those that came late, and combines anew; other terms stay as they are. */
  relabel(columns: ScoreColumns): TermFailure[]
  /** From the next batch on. Throws CarrotError 'unknown-name' for a term or a dial the program does not have. */
  setWeights(weights: Readonly<Record<string, number>>): void
  /** Term memory of all rows, for checkpoints. */
  saveMemory(): Float64Array
  loadMemory(memory: Float64Array): void
}

/** As `RewardScorer`, but it may score elsewhere and take its time: one call after the other. */
export interface BatchScorer extends Omit<RewardScorer, 'score' | 'relabel'> {
  score(columns: ScoreColumns): TermFailure[] | Promise<TermFailure[]>
  relabel(columns: ScoreColumns): TermFailure[] | Promise<TermFailure[]>
}

export interface BindOptions {
  /** Rows N the memory is for. */
  readonly rows: number
  /** Discount of potential terms; stored with the run, so that re-scoring is exact. */
  readonly gamma: number
  /** Overrides by term name, or `<term>.<dial>`. */
  readonly weights?: Readonly<Record<string, number>>
}

/** Checks names and units against the environment and compiles the program. Throws CarrotError 'bad-signal'. */
export type BindReward = (program: RewardProgram, spec: EnvSpec, options: BindOptions) => RewardScorer

/** Sum, mean and share of one term over some rows. */
export interface TermSummary {
  readonly name: string
  readonly weight: number
  readonly mean: number
  readonly std: number
  readonly min: number
  readonly max: number
  /** Fraction of the weighted total's variance, 0…1. */
  readonly share: number
}
