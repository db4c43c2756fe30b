/** The run of one policy of a study: found among the runs that there are, gone on with, or made. */
import { parseConfig, type TrainConfig, type TrainInput } from '../config.ts'
import { openRun, runNames, type StoredRun } from '../store/index.ts'
import { resumeTraining, startTraining, type TrainSession, untilDone } from '../train.ts'

export interface RunOptions {
  /** SHA-256 of the program that the input names. */
  readonly hash: string
  /** Folder of runs. */
  readonly root?: string
  readonly stop?: AbortSignal
  /** Before the first step; not called for a run that is at its end. */
  readonly onStart: (session: TrainSession) => void
}

/** The run at its end; undefined when it was stopped. */
export async function runOf(
  input: TrainInput,
  { hash, root, stop, onStart }: RunOptions,
): Promise<StoredRun | undefined> {
  const begun = begunRun(parseConfig(input), hash, root)
  if (begun?.summary().eval !== undefined) return begun
  const session = await (begun === undefined
    ? startTraining(input, { root })
    : resumeTraining(begun.name, { root }))
  onStart(session)
  const result = await untilDone(session, stop)
  return result === null ? undefined : openRun(session.run, root)
}

/** The newest run of the same training that ended, or can be gone on with. */
function begunRun(wanted: TrainConfig, hash: string, root?: string): StoredRun | undefined {
  return runNames(root)
    .map(name => openRun(name, root))
    .filter(run => !run.live && run.program.hash === hash && isSameTraining(run, wanted))
    .findLast(run => run.summary().eval !== undefined || run.latestCheckpoint() !== undefined)
}

function isSameTraining(run: StoredRun, wanted: TrainConfig): boolean {
  const { reward, seed, steps, weights, evalEpisodes, ...rest } = parseConfig(run.config)
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  return (
    rest.env === wanted.env &&
    reward === wanted.reward &&
    seed === wanted.seed &&
    steps === wanted.steps &&
    evalEpisodes === wanted.evalEpisodes &&
    same(weights, wanted.weights) &&
    same(rest[rest.algorithm], wanted[wanted.algorithm])
  )
}
