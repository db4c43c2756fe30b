/**
 * Programs that nobody vouches for, and texts while they are typed: scored in a worker of this page, which is ended when it
 * hangs. The page itself runs nothing of them.
 */
import { columnsFor, type EpisodeRecord } from '../src/core/episode.ts'
import { CarrotError, describeError } from '../src/core/errors.ts'
import type { RewardProgram, TermFailure } from '../src/core/reward.ts'
import type { EnvSpec } from '../src/core/spec.ts'
import { SandboxedProgram } from '../src/sandbox/sandboxedProgram.ts'
import { startPageWorker } from '../src/sandbox/startPageWorker.ts'
import type { Rescored } from './rescore.ts'

/** A recording to be scored by a text. */
export interface Job {
  readonly text: string
  /** Of the program it is; what failed of that one in training stays off. */
  readonly hash: string
  readonly env: EnvSpec
  readonly record: EpisodeRecord
  readonly weights: Readonly<Record<string, number>>
}

export interface Trial {
  readonly text: string
  /** Without its functions; absent when the text is refused. */
  readonly program?: RewardProgram
  /** The recording that was scored, and what came out. */
  readonly of?: EpisodeRecord
  readonly rescored?: Rescored
  /** What is wrong with it, for people. */
  readonly problem?: string
}

/** Beside `index.html`. */
const WORKER = '/sandbox.js'
/** What loading a text, and scoring an episode, may take, ms. */
const LIMITS = { loadTimeout: 15_000, timeout: 1000 }

export class Trials {
  private last: Confined | undefined

  /** Never throws for what a text does. */
  async score(job: Job): Promise<Trial> {
    const { text, env, record } = job
    if (this.last === undefined || !this.last.serves(job)) {
      void this.last?.close()
      this.last = new Confined(text, env, record.gamma)
    }
    return this.last.score(job)
  }
}

/** One text in its worker, scoring one recording after the other. */
class Confined {
  private readonly text: string
  private readonly env: EnvSpec
  private readonly gamma: number
  private readonly opening: Promise<SandboxedProgram>
  private turn: Promise<unknown> = Promise.resolve()
  /** Terms whose worker had to be ended; they would hang again, episode after episode. */
  private readonly hung = new Map<string, string>()

  constructor(text: string, env: EnvSpec, gamma: number) {
    this.text = text
    this.env = env
    this.gamma = gamma
    this.opening = open(text, env, gamma)
    this.opening.catch(() => undefined)
  }

  serves({ text, env, record }: Job): boolean {
    return text === this.text && env === this.env && record.gamma === this.gamma
  }

  score(job: Job): Promise<Trial> {
    const turn = this.turn.then(() => this.run(job))
    this.turn = turn
    return turn
  }

  async close(): Promise<void> {
    const sandbox = await this.opening.catch(() => undefined)
    await sandbox?.[Symbol.asyncDispose]()
  }

  private async run({ text, hash, record, weights }: Job): Promise<Trial> {
    try {
      const sandbox = await this.opening
      const { program } = sandbox
      const own = Object.entries({ ...sandbox.weights, ...weights }).filter(
        ([name]) => name in sandbox.weights,
      )
      sandbox.setWeights(Object.fromEntries(own))
      this.forget(sandbox)
      const columns = columnsFor(record, hash)
      const failures = await sandbox.score(columns)
      for (const { term, message } of failures) {
        if (!(term in sandbox.faults)) this.hung.set(term, message)
      }
      const { T, terms, reward } = columns
      const rescored: Rescored = {
        weights: sandbox.weights,
        terms: program.terms.map((_, k) => terms.subarray(k * T, (k + 1) * T)),
        reward,
        return: reward.reduce((sum, value) => sum + value, 0),
      }
      const problem = this.problemOf(failures)
      return { text, program, of: record, rescored, ...(problem !== undefined && { problem }) }
    } catch (error) {
      return { text, problem: describeError(error as Error) }
    }
  }

  /** What failed in one episode may be well in another, unless it hangs. */
  private forget(sandbox: SandboxedProgram): void {
    const memory = sandbox.saveMemory().fill(0)
    const owners = [...sandbox.termNames, 'combine', 'success']
    owners.forEach((name, at) => {
      memory[at] = Number(this.hung.has(name))
    })
    sandbox.loadMemory(memory)
  }

  private problemOf(failures: readonly TermFailure[]): string | undefined {
    const all = new Map([...this.hung, ...failures.map(({ term, message }) => [term, message] as const)])
    if (all.size === 0) return undefined
    return [...all].map(([term, message]) => `'${term}' is off. ${message}`).join(' ')
  }
}

async function open(text: string, env: EnvSpec, gamma: number): Promise<SandboxedProgram> {
  if (!globalThis.crossOriginIsolated) {
    throw new CarrotError(
      'unsupported',
      'This browser does not isolate the page, so there is no sandbox for the program.',
      'Open the page at the address that carrot printed.',
    )
  }
  return await SandboxedProgram.open(text, env, { rows: 1, gamma, ...LIMITS }, startPageWorker(WORKER))
}
