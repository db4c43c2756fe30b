/** Scores all recordings with a program that random play finds sound: is it finite there too, and what does it pay? */
import { bindProgram } from '../bindProgram.ts'
import type { ScoreColumns } from '../core/batch.ts'
import type { LoadedProgram, RewardProgram, TermFailure } from '../core/reward.ts'
import { emptyColumns } from '../randomPlay.ts'
import type { SimplePolicy } from '../solve.ts'
import { called, positionOf } from '../tryProgram.ts'
import type { Play, ProofData } from './data.ts'
import type { ProofFailure } from './failure.ts'

export interface DryRun {
  /** The first failure of each function. */
  readonly failures: readonly ProofFailure[]
  /** The data again, scored; they may have more rows, in which no step is valid. */
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
  // Opening a sandbox takes longer than all else here: one scores all recordings. What fails in one is off in the next.
  const rows = Math.max(...[...data.plays, data.poses].map(({ columns }) => columns.N))
  await using program = await bindProgram(loaded, data.spec, { rows, gamma: GAMMA })
  const score = async (recorded: ScoreColumns, what: string): Promise<ScoreColumns> => {
    if (recorded.N === 0) return recorded
    const columns = widened(recorded, rows)
    const began = performance.now()
    const failed = await program.score(columns)
    microseconds ||= (1000 * (performance.now() - began)) / (recorded.T * recorded.N)
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

const AT_STATES = ['signals', 'stepInEpisode', 'episode'] as const
const AT_STEPS = ['applied', 'terminated', 'truncated', 'valid'] as const

/** A copy of a recording with more rows, in which no step is valid. */
function widened(recorded: ScoreColumns, rows: number): ScoreColumns {
  const { T, N, signals, applied } = recorded
  const copy = emptyColumns(T, rows, signals.length / ((T + 1) * N), applied.length / (T * N))
  const spread = (name: (typeof AT_STATES | typeof AT_STEPS)[number], steps: number): void => {
    const [from, into] = [recorded[name], copy[name]]
    const [narrow, wide] = [from.length / steps, into.length / steps]
    for (let t = 0; t < steps; t++) into.set(from.subarray(t * narrow, (t + 1) * narrow), t * wide)
  }
  for (const name of AT_STATES) spread(name, T + 1)
  for (const name of AT_STEPS) spread(name, T)
  return copy
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
