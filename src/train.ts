/** The composition root of training: reads top to bottom as the data flows. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { concatMap, lastValueFrom, Observable, takeWhile, tap } from 'rxjs'
import { learning, type TrainInput } from './config.ts'
import type { RolloutBatch } from './core/batch.ts'
import { CarrotError, describeError } from './core/errors.ts'
import type { TrainEvent, TrainResult } from './core/events.ts'
import { textsName } from './core/vision.ts'
import { resultOf } from './evaluate.ts'
import { LiveRun } from './liveRun.ts'
import { assemble, type Machine } from './machine.ts'
import { type LabelSource, label, sourceName } from './pipeline/label.ts'
import { LateLabels } from './pipeline/late.ts'
import { rollouts } from './pipeline/rollouts.ts'
import { score } from './pipeline/score.ts'
import { type Plan, planNew, planResume } from './plan.ts'
import type { ViewerMessage } from './protocol/messages.ts'
import type { RunSource } from './server/source.ts'
import { visionRequests } from './vision/visionLabels.ts'

export interface StartOptions {
  /** Folder of run folders; default CARROT_RUNS or `runs/`. */
  readonly root?: string
  /** Apply changes of the program's file while training. */
  readonly watch?: boolean
  /** Slow sources whose columns the program's label terms read. */
  readonly labels?: readonly LabelSource[]
  /** A source that takes longer has failed for that batch, ms. */
  readonly labelTimeout?: number
}

/** A run in progress. Subscribe to `events$` at once: training begins in the next turn of the event loop. */
export interface TrainSession {
  readonly run: string
  readonly folder: string
  readonly device: string
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
  /** What a page is served from. */
  readonly source: RunSource
  readonly events$: Observable<TrainEvent>
  send(message: ViewerMessage): void
  /** Ends after the present iteration, with a checkpoint. */
  stop(): void
  /** The result; null when the run was stopped. Rejects with what went wrong. */
  readonly done: Promise<TrainResult | null>
}

/** Starts a new run. Throws CarrotError when the configuration, the program or the machine does not allow it. */
export const startTraining = async (input: TrainInput, options: StartOptions = {}): Promise<TrainSession> =>
  startPlanned(await planNew(input, options.root), options)

/** Continues a run from its last checkpoint, bit-exactly. */
export const resumeTraining = async (run: string, options: StartOptions = {}): Promise<TrainSession> =>
  startPlanned(await planResume(run, options.root), options)

/** A session's result, with the session stopped when the signal says so. */
export function untilDone(session: TrainSession, signal?: AbortSignal): Promise<TrainResult | null> {
  const stop = (): void => session.stop()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  return session.done.finally(() => signal?.removeEventListener('abort', stop))
}

/** A whole run as a stream of events. Unsubscribing stops it, with a checkpoint. */
export function train(input: TrainInput, options: StartOptions = {}): Observable<TrainEvent> {
  return new Observable(subscriber => {
    let session: TrainSession | undefined
    const run = async (): Promise<void> => {
      session = await startTraining(input, options)
      if (subscriber.closed) session.stop()
      session.events$.subscribe(event => subscriber.next(event))
      await session.done
      subscriber.complete()
    }
    run().catch(error => subscriber.error(error))
    return () => session?.stop()
  })
}

/** Starts what was planned before: of a program that a language model wrote, planning is the dear part. */
export async function startPlanned(plan: Plan, options: StartOptions = {}): Promise<TrainSession> {
  checkLate(plan, options.labels ?? [])
  let live: LiveRun | undefined
  const machine = await assemble(plan, message => live?.warn(message))
  live = new LiveRun(plan, machine)
  const done = run(plan, machine, live, options)
  // Whoever waits for `done` hears of a failure; nobody has to.
  done.catch(() => undefined)
  const { store, device, notes } = machine
  const source = live
  return {
    run: store.name,
    folder: store.folder,
    device,
    notes,
    source,
    events$: source.events$,
    send: message => source.send(message),
    stop: () => source.stop(),
    done,
  }
}

/** Gradient steps between two lines of metrics. */
const PRETRAIN_STEPS = 500

/** Learns from data there was before, when a run begins that has some. */
async function pretrain({ config, resumed }: Plan, { learner }: Machine, live: LiveRun): Promise<void> {
  const { algorithm, settings } = learning(config)
  if (algorithm === 'ppo' || resumed !== undefined) return
  for (let done = 0; done < settings.offlineSteps && !live.stopping; done += PRETRAIN_STEPS) {
    live.pretrained(await learner.pretrain(Math.min(PRETRAIN_STEPS, settings.offlineSteps - done)))
  }
}

/** The loop: act, label, score, look, learn; and at the end, evaluate. */
async function run(
  plan: Plan,
  machine: Machine,
  live: LiveRun,
  options: StartOptions,
): Promise<TrainResult | null> {
  const { pool, learner, iterations, from } = machine

  /** Learns, reports, and gives the batch back; true when it was the last one. */
  const learn = async (batch: RolloutBatch): Promise<boolean> => {
    const policyLag = learner.snapshot.version - batch.policyVersion
    const figures = await learner.update(batch)
    const last = await live.learned(batch, { ...figures, policyLag })
    batch.release()
    return last
  }

  const timeout = options.labelTimeout ?? 30_000
  const onFailure = (column: string, message: string): void =>
    live.warn(`The label source '${column}' gave nothing: ${message}.`)
  let sources: Sources = { waiting: [], late: [] }
  /** Those of the program that scores the next batch. */
  const waitedFor = async (): Promise<readonly LabelSource[]> => {
    sources = await sourcesOf(machine, options.labels ?? [], live)
    return sources.waiting
  }
  const lateLabels = new LateLabels({
    waiting: LATE_BATCHES,
    timeout,
    onReward: (sequence, reward) => void learner.relabel(sequence, reward).catch(() => undefined),
    onFailure,
    onTermFailure: live.failedLate,
  })

  await nextTurn()
  try {
    live.begin(options.watch ?? false)
    await pretrain(plan, machine, live)
    await lastValueFrom(
      rollouts(pool, () => learner.snapshot, {
        from,
        to: iterations,
        credits: 1 + plan.config.lag,
        gate: live.gate,
      }).pipe(
        label(waitedFor, { concurrency: 4, timeout, onFailure }),
        score(live.scorer, live.failed),
        tap(live.look),
        tap(batch => lateLabels.ask(batch, sources.late, () => machine.program.scorer)),
        concatMap(learn),
        takeWhile(last => !last),
      ),
      { defaultValue: true },
    )
    for (const [column, count] of lateLabels.skipped)
      live.warn(`${count} batches went without '${column}', as its source was still busy.`)
    const seconds = live.seconds
    const judged = live.complete ? await live.judge() : null
    await live.finish()
    const result = judged && resultOf(plan, machine, seconds, judged)
    live.emit({ type: 'end', stopped: result === null, result })
    return result
  } finally {
    lateLabels.close()
    await live.close()
  }
}

/** Batches that one late source may be busy with. */
const LATE_BATCHES = 4

interface Sources {
  readonly waiting: readonly LabelSource[]
  readonly late: readonly LabelSource[]
}

/** Sources that are waited for, and those that are not; where a changed program asks for what is not there, it is told. */
async function sourcesOf(
  { program, vision }: Machine,
  given: readonly LabelSource[],
  live: LiveRun,
): Promise<Sources> {
  const looks = await vision.sources(program.next.program).catch((error: Error) => {
    live.warn(`What the reward program asks to look at cannot be seen: ${describeError(error)}`)
    return []
  })
  const sources = [...given, ...looks]
  return { waiting: sources.filter(({ late }) => !late), late: sources.filter(({ late }) => late) }
}

/** Throws CarrotError where an algorithm cannot take late labels. */
function checkLate({ config, loaded }: Plan, sources: readonly LabelSource[]): void {
  const given = sources.filter(({ late }) => late === 'unpaid').map(sourceName)
  const looks = visionRequests(loaded.program).filter(({ policy }) => policy === 'late')
  const [late] = [...given, ...looks.map(({ prompts }) => textsName(prompts))]
  if (late === undefined || config.algorithm !== 'ppo') return
  throw new CarrotError(
    'unsupported',
    `ppo learns from a batch once, so the late label '${late}' would come for nothing.`,
    'Use an algorithm with a replay buffer (sac, td3, dqn, calql), wait for the label, or let it be held.',
  )
}
