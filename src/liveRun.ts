/**
 * A run in progress: turns what flows by into events, recordings and checkpoints, and answers the page. It watches the
 * pipeline and never holds it up.
 */
import { type Observable, Subject } from 'rxjs'
import { CHECKPOINT_FORMAT, type CheckpointInfo, saveParts } from './checkpoint.ts'
import { learning } from './config.ts'
import type { RolloutBatch } from './core/batch.ts'
import type { EpisodeRecord } from './core/episode.ts'
import { describeError } from './core/errors.ts'
import type { EpisodeSummary, EvalResult, TrainEvent } from './core/events.ts'
import type { Metrics } from './core/policy.ts'
import type { BatchScorer, TermFailure } from './core/reward.ts'
import { type Evaluator, evaluatorOf } from './evaluate.ts'
import { faultText } from './faults.ts'
import { policyOnnx } from './learn/policy.ts'
import { LiveFeedback } from './liveFeedback.ts'
import { watchProgram } from './loadProgram.ts'
import type { Machine } from './machine.ts'
import { termMeans } from './pipeline/episodes.ts'
import { Tap } from './pipeline/taps.ts'
import type { Plan } from './plan.ts'
import type { MetricsPoint, RunInfo, ViewerMessage } from './protocol/messages.ts'
import type { RunSource } from './server/source.ts'
import { openRun } from './store/index.ts'
import { TrainingClock } from './trainingClock.ts'

/** Recordings that may wait for the disk; beyond that the oldest waiting one is dropped. */
const WAITING = 8
/** Faults of a run whose states are kept. */
const KEPT_FAULTS = 20

export class LiveRun implements RunSource {
  private readonly plan: Plan
  private readonly machine: Machine
  private readonly subject = new Subject<TrainEvent>()
  private readonly past: { readonly episodes: EpisodeSummary[]; readonly metrics: MetricsPoint[] }
  private readonly recordings = new Tap<EpisodeRecord>(WAITING)
  private readonly clock: TrainingClock
  private recorded: Promise<void> = Promise.resolve()
  private watcher: Disposable | undefined
  private evaluator: Evaluator | undefined
  /** The best evaluation of the run so far, and the last. */
  private bestReturn: number
  private judged: { readonly step: number; readonly result: EvalResult } | undefined
  private step: number
  private stopAsked = false
  private faults = 0
  /** Terms that were off while the batch under way was scored. */
  private off: ReadonlySet<string> = new Set()
  private paused: PromiseWithResolvers<void> | undefined
  private readonly feedback: LiveFeedback

  constructor(plan: Plan, machine: Machine) {
    this.plan = plan
    this.machine = machine
    const { program, store } = machine
    this.feedback = new LiveFeedback(plan, { program, store, onNote: message => this.warn(message) })
    const { resumed } = plan
    this.step = resumed?.info.step ?? 0
    this.clock = new TrainingClock(this.step, resumed?.info.seconds ?? 0)
    this.bestReturn = Math.max(
      Number.NEGATIVE_INFINITY,
      ...(resumed?.run.evals() ?? []).flatMap(({ step, result }) =>
        step <= this.step ? [result.returnMean] : [],
      ),
    )
    const metrics = resumed?.run.metrics().filter(({ step }) => step <= this.step)
    this.past = { episodes: [...(resumed?.run.episodes() ?? [])], metrics: metrics ?? [] }
  }

  // What the page asks.

  get events$(): Observable<TrainEvent> {
    return this.subject
  }

  info(): RunInfo {
    const { env, config } = this.plan
    const { store, scene, program } = this.machine
    return {
      run: store.name,
      env: env.spec,
      scene,
      program: program.info,
      gamma: learning(config).settings.gamma,
      live: true,
      step: this.step,
      steps: this.steps,
      paused: this.paused !== undefined,
      takesFeedback: this.feedback.isPossible,
    }
  }

  episodes(): readonly EpisodeSummary[] {
    return this.past.episodes
  }

  metrics(): readonly MetricsPoint[] {
    return this.past.metrics
  }

  episode(id: string): Promise<Uint8Array | undefined> {
    return openRun(this.machine.store.folder).episodeBytes(id)
  }

  program(): string {
    return this.machine.program.loaded.module
  }

  send(message: ViewerMessage): void {
    if (message.type === 'weights') this.machine.program.setWeights(message.values)
    else if (message.type === 'feedback') this.feedback.take(message.text)
    else if (message.type === 'program') this.feedback.replace(message.text)
    else if (message.on) this.paused ??= Promise.withResolvers()
    else this.unpause()
  }

  // What the loop does with it.

  /** Environment steps of the whole run: whole batches. */
  get steps(): number {
    return this.machine.iterations * learning(this.plan.config).settings.batch
  }

  /** All steps are done. */
  get complete(): boolean {
    return this.step >= this.steps
  }

  get seconds(): number {
    return this.clock.seconds
  }

  stop(): void {
    this.stopAsked = true
    this.unpause()
  }

  /** It was asked to stop. */
  get stopping(): boolean {
    return this.stopAsked
  }

  /** Metrics of learning before the first step. */
  pretrained(figures: Metrics): void {
    const { seconds } = this.clock.lap(this.step)
    this.emit({ type: 'metrics', step: this.step, seconds, values: figures })
  }

  /** Resolves when training may go on. */
  readonly gate = async (): Promise<void> => {
    await this.paused?.promise
  }

  begin(watch: boolean): void {
    const { machine, plan } = this
    this.clock.start()
    this.emit({
      type: 'start',
      run: machine.store.name,
      folder: machine.store.folder,
      env: plan.env.spec.id,
      program: machine.program.info,
      device: machine.device,
      startStep: this.step,
      steps: this.steps,
      notes: machine.notes,
    })
    this.recorded = this.keepRecordings()
    this.recorded.catch(() => undefined)
    const { file } = machine.program.loaded
    // A file that nobody vouches for is taken over when it has been vetted: with a new run.
    if (!watch || file === undefined || machine.program.loaded.untrusted) return
    const refused = (error: Error): void =>
      this.warn(`The new version of ${file} was not taken over: ${describeError(error)}`)
    this.watcher = watchProgram(
      file,
      loaded => void machine.program.replace(loaded).catch(refused),
      refused,
      { spec: plan.env.spec, known: machine.program.loaded.hash },
    )
  }

  /** The scorer of this batch. Changes of the reward take effect here, between two batches. */
  readonly scorer = (batch: RolloutBatch): BatchScorer => {
    const { program, recorder, store } = this.machine
    if (program.advance()) {
      recorder.drop()
      store.program(program.info, program.loaded)
      this.emit({ type: 'program', step: this.firstStep(batch), program: program.info })
    }
    this.off = new Set(program.scorer.muted)
    return program.scorer
  }

  readonly failed = (failure: TermFailure, batch: RolloutBatch): void => {
    this.emit({ type: 'failure', step: this.firstStep(batch), failure })
  }

  /** Of a label that came after its batch. */
  readonly failedLate = (failure: TermFailure): void => {
    this.emit({ type: 'failure', step: this.step, failure })
  }

  /** Copies what the table and the page show. */
  readonly look = (batch: RolloutBatch): void => {
    const { stats, recorder, program } = this.machine
    stats.take(batch, program.scorer.succeeds)
    this.keepFaults(batch)
    for (const episode of recorder.take(batch, this.firstStep(batch), program.info, this.off)) {
      this.recordings.offer(episode)
    }
  }

  /** Simulations that diverged were cut off and start anew; the first ones are kept to be looked at. */
  private keepFaults({ faults, sequence }: RolloutBatch): void {
    const { config, env } = this.plan
    for (const fault of faults) {
      if (this.faults++ >= KEPT_FAULTS) continue
      const text = faultText(fault, config, env.spec.version)
      const file = this.machine.store.fault(`${sequence}-${fault.row}`, text)
      const last = this.faults === KEPT_FAULTS ? ' Later ones are counted only.' : ''
      this.warn(
        `The simulation of row ${fault.row} diverged after ${fault.step} steps and was reset; training goes on. ` +
          `See it: carrot watch --state ${file}${last}`,
      )
    }
  }

  /**
   * After the learner's update: metrics, and a checkpoint when it is time. The batch is still leased. True when it was
   * the last one: all are done, or somebody asked to stop, be it on seeing these very metrics.
   */
  async learned(batch: RolloutBatch, figures: Metrics): Promise<boolean> {
    const { stats, program } = this.machine
    const { checkpointEvery } = this.plan.config
    const before = this.firstStep(batch)
    this.step = before + batch.T * batch.N
    const values = { ...stats.summary(), ...termMeans(batch, program.info), ...figures }
    const { seconds, stepsPerSecond } = this.clock.lap(this.step)
    this.emit({ type: 'metrics', step: this.step, seconds, values: { ...values, stepsPerSecond } })
    const last = this.stopAsked || this.complete
    const passed = (every: number) => Math.floor(this.step / every) > Math.floor(before / every)
    const { evalEvery } = this.plan.config
    if (evalEvery !== undefined && (passed(evalEvery) || this.complete)) await this.evaluate()
    if (passed(checkpointEvery) || last) await this.checkpoint(batch.sequence + 1)
    return last
  }

  /** Episodes of the present policy without exploration, after the last step; as they were if they were just run. */
  async judge(): Promise<EvalResult> {
    if (this.judged?.step === this.step) return this.judged.result
    return this.runEpisodes()
  }

  private async runEpisodes(): Promise<EvalResult> {
    const { plan, machine } = this
    this.evaluator ??= await evaluatorOf(plan, machine.vision)
    const { loaded, scorer } = machine.program
    const { snapshot } = machine.learner
    return this.evaluator.evaluate({ snapshot, loaded, weights: scorer.weights })
  }

  /** Judges the present policy, and keeps it where none before was better. */
  private async evaluate(): Promise<void> {
    const { machine, step } = this
    const result = await this.clock.outside(() => this.runEpisodes())
    this.judged = { step, result }
    const best = result.returnMean >= this.bestReturn
    if (best) {
      this.bestReturn = result.returnMean
      const { snapshot } = machine.learner
      await machine.store.best({ policy: snapshot.params }, this.checkpointInfo(0), policyOnnx(snapshot))
    }
    this.emit({ type: 'eval', step, result, best })
  }

  private checkpointInfo(sequence: number): CheckpointInfo {
    const { machine, plan, step } = this
    const { snapshot } = machine.learner
    const { loaded, scorer } = machine.program
    return {
      format: CHECKPOINT_FORMAT,
      step,
      sequence,
      seconds: this.clock.seconds,
      env: { id: plan.env.spec.id, version: plan.env.spec.version },
      program: { hash: loaded.hash, weights: { ...scorer.weights } },
      algorithm: plan.config.algorithm,
      policy: { version: snapshot.version, spec: snapshot.spec },
    }
  }

  private async checkpoint(sequence: number): Promise<void> {
    const { machine, step } = this
    const { tensors, bulk } = await saveParts({ ...machine, scorer: machine.program.scorer })
    const policy = policyOnnx(machine.learner.snapshot)
    const file = await machine.store.checkpoint(step, tensors, this.checkpointInfo(sequence), {
      policy,
      bulk,
    })
    this.emit({ type: 'checkpoint', step, file })
  }

  private async keepRecordings(): Promise<void> {
    let next = 1
    for await (const episode of this.recordings) {
      if (await this.machine.store.episode(episode)) this.emit({ type: 'episode', summary: episode.summary })
      const { dropped } = this.recordings
      if (dropped < next) continue
      this.warn(`${dropped} recorded episodes were dropped: the disk is slower than training.`)
      // Told again when it has doubled; every time would bury what else is said.
      next = 2 * dropped
    }
  }

  warn(message: string): void {
    this.emit({ type: 'warning', step: this.step, message })
  }

  /** Logs an event, keeps what the page may ask for later, and tells everybody. */
  emit(event: TrainEvent): void {
    this.machine.store.event(event)
    if (event.type === 'metrics')
      this.past.metrics.push({ step: event.step, seconds: event.seconds, values: event.values })
    if (event.type === 'episode') this.past.episodes.push(event.summary)
    this.subject.next(event)
  }

  /** Lets the workers go and waits until every recording is on the disk. */
  async finish(): Promise<void> {
    this.watcher?.[Symbol.dispose]()
    this.feedback.close()
    await this.evaluator?.[Symbol.asyncDispose]()
    await this.machine.learner[Symbol.asyncDispose]()
    await this.machine.vision[Symbol.asyncDispose]()
    await this.machine.pool[Symbol.asyncDispose]()
    await this.machine.program[Symbol.asyncDispose]()
    this.recordings.close()
    await this.recorded
  }

  async close(): Promise<void> {
    try {
      await this.finish()
    } finally {
      await this.machine.store.close()
      this.subject.complete()
    }
  }

  private unpause(): void {
    this.paused?.resolve()
    this.paused = undefined
  }

  private firstStep(batch: RolloutBatch): number {
    return batch.sequence * batch.T * batch.N
  }
}
