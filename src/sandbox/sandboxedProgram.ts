/**
 * The host's side of a program in a sandbox: scores as a `RewardScorer` does, but takes its time. A program that hangs is
 * ended and goes on without the term that did; nothing it does is an exception here.
 */

import { bindReward } from '../../rewards/score.ts'
import type { ScoreColumns } from '../core/batch.ts'
import { CarrotError, fromPortable } from '../core/errors.ts'
import type { BatchScorer, BindOptions, RewardProgram, RewardScorer, TermFailure } from '../core/reward.ts'
import type { EnvSpec, SuccessOver } from '../core/spec.ts'
import { bytesOf, type ColumnsShape, columnsIn, copyIn, copyOut, shapeOf } from './columns.ts'
import { ANSWERED, type Answer, type Outline, ownersOf, type Request, RUNNING } from './messages.ts'
import { Refusal, type Refused, refusalOf } from './refusal.ts'

/** A worker as the host knows it; Node and pages make theirs. */
export interface SandboxWorker {
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
  private progress = new Int32Array(new SharedArrayBuffer(8))
  private buffer = new SharedArrayBuffer(0)
  private number = 0

  constructor(module: string, spec: EnvSpec, options: BindOptions & SandboxLimits, start: StartWorker) {
    this.module = module
    this.spec = spec
    this.options = options
    this.start = start
  }

  /** Starts a worker, in place of the last. Throws `Refusal`. */
  async load(weights = this.options.weights): Promise<Extract<Answer, { type: 'loaded' }>> {
    this.close()
    this.progress = new Int32Array(new SharedArrayBuffer(8))
    this.buffer = new SharedArrayBuffer(0)
    const worker = this.start(
      answer => {
        if (this.worker === worker) this.waiting?.resolve(answer)
      },
      why => {
        if (this.worker === worker) this.stop(why)
      },
    )
    this.worker = worker
    const { module, spec, options, progress } = this
    const { rows, gamma, loadTimeout = LOAD_TIMEOUT } = options
    const bind: BindOptions = { rows, gamma, ...(weights && { weights }) }
    const request = { type: 'load', module, spec, options: bind, progress: progress.buffer } as const
    const answer = await this.ask(request, loadTimeout)
    if (answer.type !== 'loaded') throw wrongAnswer(answer)
    return answer
  }

  /** Throws `Stopped`. `memory` is given to it first. */
  async score(
    columns: ScoreColumns,
    shape: ColumnsShape,
    how: { relabel: boolean; weights: Readonly<Record<string, number>>; memory?: Float64Array },
  ): Promise<Extract<Answer, { type: 'scored' }>> {
    const bytes = bytesOf(shape)
    const isNew = bytes > this.buffer.byteLength
    if (isNew) this.buffer = new SharedArrayBuffer(bytes)
    const shared = columnsIn(this.buffer, shape)
    copyIn(columns, shared, how.relabel)
    const number = ++this.number
    const { offFrom } = columns
    const answer = await this.ask(
      {
        type: 'score',
        number,
        shape,
        ...how,
        ...(isNew && { buffer: this.buffer }),
        ...(offFrom && { offFrom }),
      },
      (this.options.timeout ?? TIMEOUT) + (shape.T * shape.N) / 2,
    )
    if (answer.type !== 'scored') throw wrongAnswer(answer)
    copyOut(shared, columns)
    return answer
  }

  close(): void {
    const { worker } = this
    this.worker = undefined
    worker?.terminate()
  }

  private async ask(request: Request, timeout: number): Promise<Answer> {
    const { worker } = this
    if (worker === undefined) throw new Error('The sandbox is closed.')
    const waiting = Promise.withResolvers<Answer>()
    this.waiting = waiting
    const isAnswered = () =>
      request.type === 'score' && Atomics.load(this.progress, ANSWERED) === request.number
    const hang = {
      kind: 'hang',
      message: `it took longer than ${(timeout / 1000).toFixed(1)} s`,
      hint: 'Is there a loop that does not end?',
    } as const
    let timer = setTimeout(() => {
      timer = setTimeout(() => isAnswered() || this.stop(hang), GRACE)
    }, timeout)
    worker.post(request)
    try {
      return await waiting.promise
    } finally {
      clearTimeout(timer)
      this.waiting = undefined
    }
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
    const shape = shapeOf(columns, this.termNames.length)
    const stopped: TermFailure[] = []
    while (!this.isDead) {
      const { weights } = this
      const memory = this.isCurrent ? undefined : this.saveMemory()
      try {
        const answer = await this.session.score(columns, shape, {
          relabel,
          weights,
          ...(memory && { memory }),
        })
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
