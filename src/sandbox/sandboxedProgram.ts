/**
 * The host's side of a program in a sandbox: scores as a `RewardScorer` does, but takes its time. A program that hangs is
 * ended and goes on without the term that did; nothing it does is an exception here.
 */

import { bindReward } from '../../rewards/score.ts'
import type { ScoreColumns } from '../core/batch.ts'
import { CarrotError, fromPortable } from '../core/errors.ts'
import type { BatchScorer, BindOptions, RewardProgram, RewardScorer, TermFailure } from '../core/reward.ts'
import type { EnvSpec, SuccessOver } from '../core/spec.ts'
import { copyIn, copyOut, Lender } from './columns.ts'
import {
  ANSWERED,
  type Answer,
  ASKED,
  type Loaded,
  type Outline,
  ownersOf,
  PROGRESS_BYTES,
  RECALL,
  RELABEL,
  type Request,
  RUNNING,
  SCORE,
  SLOT,
  TASK,
} from './messages.ts'
import { Refusal, type Refused, refusalOf } from './refusal.ts'

/** A worker as the host knows it; Node and pages make theirs. */
export interface SandboxWorker {
  /** May have answered when it returns. */
  post(request: Request): void
  /** Need not wait for the end. */
  terminate(): void
}
/** Starts a worker. `onDeath` hears when it ends without having been told to. */
export type StartWorker = (
  onAnswer: (answer: Answer) => void,
  onDeath: (why: Refused) => void,
) => SandboxWorker

export interface SandboxLimits {
  /** What loading the program may take, ms; default 5000. */
  readonly loadTimeout?: number
  /** What a batch may take, ms, besides half a millisecond a row; default 5000. */
  readonly timeout?: number
}

/** Ends a program that takes longer, and says which of its functions ran. */
class Stopped extends Refusal {
  /** See `ownersOf`. */
  readonly owner: number

  constructor(why: Refused, owner: number) {
    super(why.kind, why.message, why.hint)
    this.owner = owner
  }
}

const LOAD_TIMEOUT = 5000
const TIMEOUT = 5000
/** A timer that fires late, because this thread was busy, may have overtaken the answer, ms. */
const GRACE = 250

/** One worker after the other, asked one thing at a time. */
class Session {
  private readonly module: string
  private readonly spec: EnvSpec
  private readonly options: BindOptions & SandboxLimits
  private readonly start: StartWorker
  private worker: SandboxWorker | undefined
  private waiting: PromiseWithResolvers<Answer> | undefined
  /** What came while `post` ran. */
  private answered: Answer | undefined
  private progress: Int32Array = new Int32Array(0)
  private memory: Float64Array = new Float64Array(0)
  private lender = new Lender(0)
  private number = 0
  /** Weights that the worker has. */
  private weights: Readonly<Record<string, number>> | undefined

  constructor(module: string, spec: EnvSpec, options: BindOptions & SandboxLimits, start: StartWorker) {
    this.module = module
    this.spec = spec
    this.options = options
    this.start = start
  }

  /** Starts a worker, in place of the last. Throws `Refusal`. */
  async load(weights = this.options.weights): Promise<Loaded> {
    this.close()
    // The last one, while it ends, may still write into what it had.
    const progress = new SharedArrayBuffer(PROGRESS_BYTES)
    this.progress = new Int32Array(progress)
    const worker = this.start(
      answer => {
        if (this.worker === worker) this.answer(answer)
      },
      why => {
        if (this.worker === worker) this.stop(why)
      },
    )
    this.worker = worker
    const { module, spec, options } = this
    const { rows, gamma, loadTimeout = LOAD_TIMEOUT } = options
    const bind: BindOptions = { rows, gamma, ...(weights && { weights }) }
    const answer = await this.ask({ type: 'load', module, spec, options: bind, progress }, loadTimeout)
    if (answer.type !== 'loaded') throw wrongAnswer(answer)
    this.memory = new Float64Array(answer.memory)
    this.lender = new Lender(answer.outline.terms.length)
    this.weights = undefined
    return answer
  }

  /** Throws `Stopped`. `memory` is given to it first; what it has afterwards is returned as `memory`, until the next call. */
  async score(
    columns: ScoreColumns,
    how: { relabel: boolean; weights: Readonly<Record<string, number>>; memory?: Float64Array | undefined },
  ): Promise<Extract<Answer, { type: 'scored' }> & { readonly memory: Float64Array }> {
    const { progress } = this
    const { relabel, weights, memory } = how
    const { offFrom } = columns
    const { lent, isNew } = this.lender.lend(columns)
    copyIn(columns, lent, relabel)
    if (memory !== undefined) this.memory.set(memory)
    progress[ASKED] = ++this.number
    progress[SLOT] = lent.slot
    progress[TASK] = (relabel ? RELABEL : 0) + (memory === undefined ? 0 : RECALL)
    const isTold = !isNew && weights === this.weights && offFrom === undefined
    const answer = await this.ask(
      isTold
        ? SCORE
        : { ...SCORE, weights, ...(isNew && { columns: lent.columns }), ...(offFrom && { offFrom }) },
      (this.options.timeout ?? TIMEOUT) + (columns.T * columns.N) / 2,
    )
    if (answer.type !== 'scored') throw wrongAnswer(answer)
    this.weights = weights
    copyOut(lent, columns)
    return { ...answer, memory: this.memory }
  }

  close(): void {
    const { worker } = this
    this.worker = undefined
    worker?.terminate()
  }

  private async ask(request: Request, timeout: number): Promise<Answer> {
    const { worker } = this
    if (worker === undefined) throw new Error('The sandbox is closed.')
    this.answered = undefined
    worker.post(request)
    return this.answered ?? this.wait(request, timeout)
  }

  private async wait(request: Request, timeout: number): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.waiting = waiting
    const isAnswered = () => request.type === 'score' && Atomics.load(this.progress, ANSWERED) === this.number
    const hang = {
      kind: 'hang',
      message: `it took longer than ${(timeout / 1000).toFixed(1)} s`,
      hint: 'Is there a loop that does not end?',
    } as const
    let timer = setTimeout(() => {
      timer = setTimeout(() => isAnswered() || this.stop(hang), GRACE)
    }, timeout)
    try {
      return await waiting.promise
    } finally {
      clearTimeout(timer)
      this.waiting = undefined
    }
  }

  private answer(answer: Answer): void {
    if (this.waiting === undefined) this.answered = answer
    else this.waiting.resolve(answer)
  }

  private stop(why: Refused): void {
    const owner = Atomics.load(this.progress, RUNNING)
    this.close()
    this.waiting?.reject(new Stopped(why, owner))
  }
}

function wrongAnswer(answer: Answer): Error {
  if (answer.type === 'refused') return refusalOf(answer.refused)
  return answer.type === 'broken'
    ? fromPortable(answer.error)
    : new Error(`The sandbox answered '${answer.type}'.`)
}

/** Use `openSandbox`. */
export class SandboxedProgram implements BatchScorer, AsyncDisposable {
  /** Why terms failed in the last batch, by name. */
  faults: Readonly<Record<string, Refused>> = {}

  private readonly session: Session
  private readonly dt: number
  private readonly owners: readonly string[]
  /** Keeps the books here: weights, what is muted, memory. It does not score: its functions are in the worker. */
  private readonly books: RewardScorer
  /** The worker has the memory that is in the books. */
  private isCurrent = true
  private last: Promise<unknown> = Promise.resolve()
  /** It could not be started again. */
  private isDead = false

  /** Throws `Refusal` for a program that is not to be run, or that the environment cannot serve. */
  static async open(
    module: string,
    spec: EnvSpec,
    options: BindOptions & SandboxLimits,
    start: StartWorker,
  ): Promise<SandboxedProgram> {
    const session = new Session(module, spec, options, start)
    try {
      const { outline } = await session.load()
      return new SandboxedProgram(session, outline, spec, options)
    } catch (error) {
      session.close()
      throw error
    }
  }

  private constructor(session: Session, outline: Outline, spec: EnvSpec, options: BindOptions) {
    this.session = session
    this.dt = spec.dt
    this.owners = ownersOf(outline)
    this.books = bindReward(shellOf(outline), spec, options)
  }

  /** Without what it computes: its functions throw. */
  get program(): RewardProgram {
    return this.books.program
  }
  get termNames(): readonly string[] {
    return this.books.termNames
  }
  get weights(): Readonly<Record<string, number>> {
    return this.books.weights
  }
  get succeeds(): SuccessOver {
    return this.books.succeeds
  }
  get muted(): ReadonlySet<string> {
    return this.books.muted
  }

  score(columns: ScoreColumns): Promise<TermFailure[]> {
    return this.inTurn(() => this.run(columns, false))
  }

  relabel(columns: ScoreColumns): Promise<TermFailure[]> {
    return this.inTurn(() => this.run(columns, true))
  }

  setWeights(weights: Readonly<Record<string, number>>): void {
    this.books.setWeights(weights)
  }

  saveMemory(): Float64Array {
    return this.books.saveMemory()
  }

  loadMemory(memory: Float64Array): void {
    this.books.loadMemory(memory)
    this.isCurrent = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work)
    this.last = turn.catch(() => undefined)
    return turn
  }

  /** Scores, again and again without what hangs, until something is left that does not. */
  private async run(columns: ScoreColumns, relabel: boolean): Promise<TermFailure[]> {
    const stopped: TermFailure[] = []
    while (!this.isDead) {
      const { weights } = this
      const memory = this.isCurrent ? undefined : this.saveMemory()
      try {
        const answer = await this.session.score(columns, { relabel, weights, memory })
        this.books.loadMemory(answer.memory)
        this.isCurrent = true
        this.faults = answer.faults
        return [...stopped, ...answer.failures]
      } catch (error) {
        if (!(error instanceof Stopped)) throw error
        stopped.push(...this.mute(error, columns))
        await this.restart()
      }
    }
    this.rest(columns)
    return [...stopped, ...this.muteAll(columns)]
  }

  /** What ran when the worker was ended is off from here on; the batch starts again from the memory it had. */
  private mute({ owner, message, hint }: Stopped, columns: ScoreColumns): TermFailure[] {
    const name = this.owners[owner]
    this.isCurrent = false
    if (name === undefined || this.muted.has(name)) {
      this.isDead = true
      return []
    }
    const memory = this.saveMemory()
    memory[owner] = 1
    this.books.loadMemory(memory)
    return [this.failureOf(name, `${message[0].toUpperCase()}${message.slice(1)}. ${hint}`, columns)]
  }

  private async restart(): Promise<void> {
    try {
      await this.session.load(this.weights)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.isDead = true
    }
  }

  private muteAll(columns: ScoreColumns): TermFailure[] {
    const on = this.owners.filter(owner => !this.muted.has(owner))
    const memory = this.saveMemory()
    this.books.loadMemory(memory.fill(1, 0, this.owners.length))
    return on.map(owner => this.failureOf(owner, 'The sandbox that ran it has ended.', columns))
  }

  private failureOf(
    term: string,
    message: string,
    { T, N, episode, stepInEpisode }: ScoreColumns,
  ): TermFailure {
    const time = (stepInEpisode[0] + 1) * this.dt
    return { term, row: 0, episode: episode[0], time, message, count: T * N, muted: true }
  }

  /** No reward at all. */
  private rest(columns: ScoreColumns): void {
    const size = this.termNames.length * columns.T * columns.N
    if (columns.terms.length !== size) columns.terms = new Float64Array(size)
    columns.terms.fill(0)
    columns.reward.fill(0)
    columns.success.fill(0)
  }
}

/** What the rest of the code sees of a program that is in a sandbox. */
export function shellOf({ combines, judges, terms, ...rest }: Outline): RewardProgram {
  return Object.freeze({
    ...rest,
    terms: Object.freeze(
      terms.map(term => Object.freeze(term.kind === 'label' ? { ...term } : { ...term, formula: elsewhere })),
    ),
    ...(combines && { combine: elsewhere }),
    ...(judges && { success: elsewhere }),
  })
}

function elsewhere(): never {
  throw new CarrotError(
    'protocol-misuse',
    'A program in a sandbox was asked to compute outside of it.',
    'Score with what openSandbox returns.',
  )
}
