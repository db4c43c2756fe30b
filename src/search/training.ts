/** Trains a program up to a number of steps, now or in several goes, and judges its policy. */
import { learning, parseConfig, type TrainInput } from '../config.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { evaluate } from '../evaluate.ts'
import { planProgram } from '../plan.ts'
import { openRun } from '../store/index.ts'
import { storedPolicy } from '../storedPolicy.ts'
import { resumeTraining, startPlanned, type TrainSession, untilDone } from '../train.ts'
import type { Rung } from './candidate.ts'
import { fitnessOf, type Judge } from './judge.ts'

export interface TrainingOptions {
  readonly input: TrainInput
  /** Folder of runs. */
  readonly root: string
  readonly judge: Judge
  readonly signal?: AbortSignal
}

/**
 * Goes on with `run`, or starts one when there is none; `onRun` hears its name at once. Stops at the first checkpoint at or
 * after `step`. Resolves to how the policy does then; null when it was told to stop before.
 */
export async function trainTo(
  step: number,
  loaded: LoadedProgram,
  run: string | null,
  { input, root, judge, signal }: TrainingOptions,
  onRun: (name: string) => void,
): Promise<Rung | null> {
  const before = run === null ? undefined : openRun(run, root)
  const last = before?.checkpointSteps().at(-1) ?? 0
  let name = run as string
  if (before === undefined || last < step) {
    const session =
      last > 0
        ? await resumeTraining(name, { root })
        : await startPlanned(await planProgram(input, loaded, root), { root })
    name = session.run
    onRun(name)
    await until(step, session, signal)
    if (signal?.aborted) return null
  }
  return judged(name, { root, judge })
}

/** Stops a session at a step; at its end it ends by itself. */
async function until(step: number, session: TrainSession, signal?: AbortSignal): Promise<void> {
  const { steps } = session.source.info()
  session.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step >= step && event.step < steps) session.stop()
  })
  await untilDone(session, signal)
}

/** Under the judge, whatever the run was trained on. */
export async function judged(
  name: string,
  { root, judge, episodes }: Pick<TrainingOptions, 'root' | 'judge'> & { readonly episodes?: number },
): Promise<Rung> {
  const { run, info, snapshot } = storedPolicy(name, 'last', root)
  const config = parseConfig(run.config)
  const result = await evaluate({
    choice: config,
    snapshot,
    loaded: judge.loaded,
    gamma: learning(config).settings.gamma,
    episodes: episodes ?? config.evalEpisodes,
    seed: config.seed,
    workers: config.workers,
  })
  return { step: info.step, ...fitnessOf(result) }
}
