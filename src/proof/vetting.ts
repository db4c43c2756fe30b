/** Brings a program from elsewhere as far as scoring, in a sandbox: nothing of it ever runs in this process. */
import type { ScoreColumns } from '../core/batch.ts'
import { CarrotError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { type RefusalKind, vet } from '../sandbox/index.ts'
import type { Trial } from '../tryProgram.ts'
import type { ProofFailure, Stage } from './failure.ts'

export interface Vetting {
  readonly failures: readonly ProofFailure[]
  readonly loaded?: LoadedProgram
  readonly trial?: Omit<Trial, 'errors'>
}

/** Steps of random play that it is vetted on; the sandbox scores the rest of them. */
const STEPS = 256
/** For all of it on a busy machine, ms. */
const TIMEOUT = 20_000

/** Loads the program in a process that is thrown away, and tries it there. Throws CarrotError when no process can be started. */
export async function vetProgram(
  source: string,
  spec: EnvSpec,
  name: string,
  random: ScoreColumns,
): Promise<Vetting> {
  const columns = firstSteps(random, Math.min(STEPS, random.T))
  const vetted = await vet({ name, source }, spec, { columns, timeout: TIMEOUT })
  const { loaded, figures: trial } = vetted
  if (!vetted.ok && vetted.kind === 'crash') await blameUs(spec, columns, vetted.reason)
  const failures = vetted.ok
    ? []
    : vetted.errors.map(({ kind, message, hint, at }) => ({
        stage: STAGE_OF[kind] ?? 'dry-run',
        message,
        hint,
        ...(at === undefined ? {} : { at: { file: name, ...at } }),
      }))
  return { failures, ...(loaded && { loaded }), ...(trial && { trial }) }
}

/** What is seen in the text alone, or when it meets the environment; the rest shows when it runs. */
const STAGE_OF: Readonly<Partial<Record<RefusalKind, Stage>>> = {
  syntax: 'parse',
  language: 'parse',
  state: 'parse',
  import: 'imports',
  signals: 'types',
}

/** Pays nothing; where even that ends a process, no program is to blame. */
const HARMLESS = `import { defineReward } from 'carrot-rl'
export default defineReward({ name: 'harmless', reads: {}, terms: { nothing: { weight: 1, value: () => 0 } } })
`

async function blameUs(spec: EnvSpec, columns: ScoreColumns, reason: string): Promise<void> {
  const harmless = await vet(HARMLESS, spec, { columns, timeout: TIMEOUT })
  if (harmless.ok) return
  throw new CarrotError(
    'unsupported',
    `Programs cannot be vetted here: ${reason}`,
    'Is there memory left, and may this process start others? Programs of your own are checked without: carrot check.',
  )
}

/** The first steps of all rows, as a recording of their own. */
function firstSteps(columns: ScoreColumns, T: number): ScoreColumns {
  const { N } = columns
  const S = columns.signals.length / ((columns.T + 1) * N)
  const A = columns.applied.length / (columns.T * N)
  return {
    T,
    N,
    signals: columns.signals.slice(0, (T + 1) * N * S),
    applied: columns.applied.slice(0, T * N * A),
    terminated: columns.terminated.slice(0, T * N),
    truncated: columns.truncated.slice(0, T * N),
    valid: columns.valid.slice(0, T * N),
    stepInEpisode: columns.stepInEpisode.slice(0, (T + 1) * N),
    episode: columns.episode.slice(0, (T + 1) * N),
    labels: new Map(),
    terms: new Float64Array(0),
    reward: new Float64Array(T * N),
    success: new Uint8Array(T * N),
  }
}
