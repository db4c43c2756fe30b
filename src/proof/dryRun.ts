/** Scores all recordings with a program that random play finds sound: is it finite there too, and what does it pay? */
import { type BoundProgram, bindProgram } from '../bindProgram.ts'
import type { ScoreColumns } from '../core/batch.ts'
import { rescoringCopy } from '../core/episode.ts'
import type { LoadedProgram, RewardProgram, TermFailure } from '../core/reward.ts'
import type { SimplePolicy } from '../solve.ts'
import { called, positionOf } from '../tryProgram.ts'
import type { Play, ProofData } from './data.ts'
import type { ProofFailure } from './failure.ts'

export interface DryRun {
  /** The first failure of each function. */
  readonly failures: readonly ProofFailure[]
  /** The data again, scored. */
  readonly plays: readonly Play[]
  readonly poses: ScoreColumns
  /** Terms that are the same number in every recorded step. */
  readonly constant: ReadonlyMap<string, number>
  /** µs it takes to score a step of random play. */
  readonly microseconds: number
}

/** Potentials telescope: over an episode they pay Φ at its end less Φ at its start, and so rank policies as Φ does. */
const GAMMA = 1

export async function dryRun(loaded: LoadedProgram, data: ProofData): Promise<DryRun> {
  const failures = new Map<string, ProofFailure>()
  let microseconds = 0
  // Recordings of as many rows are scored one after the other: opening may take longer than scoring.
  const bound = new Map<number, BoundProgram>()
  await using all = new AsyncDisposableStack()
  const bind = async (rows: number): Promise<BoundProgram> => {
    const program = bound.get(rows) ?? all.use(await bindProgram(loaded, data.spec, { rows, gamma: GAMMA }))
    bound.set(rows, program)
    return program
  }
  const score = async (recorded: ScoreColumns, what: string): Promise<ScoreColumns> => {
    const columns = rescoringCopy(recorded)
    if (columns.N === 0) return columns
    const program = await bind(columns.N)
    const began = performance.now()
    const failed = await program.score(columns)
    microseconds ||= (1000 * (performance.now() - began)) / (columns.T * columns.N)
    for (const failure of failed) {
      if (!failures.has(failure.term)) failures.set(failure.term, whyFailed(loaded, failure, what))
    }
    return columns
  }
  const plays: Play[] = []
  for (const { policy, columns } of data.plays) {
    plays.push({ policy, columns: await score(columns, STEPS[policy]) })
  }
  const poses = await score(data.poses.columns, `poses (${data.poses.names.join(', ')})`)
  return {
    failures: [...failures.values()],
    plays,
    poses,
    constant: constants(loaded.program, [...plays.map(({ columns }) => columns), poses]),
    microseconds,
  }
}

const STEPS: Readonly<Record<SimplePolicy, string>> = {
  random: 'random steps',
  zero: 'steps without action',
  expert: 'steps of the expert',
}

function whyFailed(
  loaded: LoadedProgram,
  { term, time, message, count }: TermFailure,
  what: string,
): ProofFailure {
  return {
    stage: 'dry-run',
    message: `${called(term, loaded.program)} fails after ${count} of the ${what}, first at ${time.toFixed(2)} s. ${message}`,
    hint: 'Make it give a finite number for every state; in training it would be switched off there.',
    ...placeOf(term, loaded),
  }
}

/** For what is said of a term or another function of the program. */
export function placeOf(owner: string, loaded: LoadedProgram): Pick<ProofFailure, 'at'> {
  const at = positionOf(owner, loaded)
  return at === undefined ? {} : { at }
}

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
