/**
 * A search for a reward program: a model writes several, they are compared on recordings, the promising ones are trained side
 * by side, and what the best one showed goes into the next round (after Eureka, Ma et al., 2023).
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseConfig, type TrainConfig, type TrainInput } from '../config.ts'
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError, describeError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { readAnswers } from '../llm/answers.ts'
import { type Asker, openAsker } from '../llm/asker.ts'
import type { ChatMessage } from '../llm/chat.ts'
import { REPAIRS, SHOTS } from '../llm/fromText.ts'
import { block, firstMessages, nameFor } from '../llm/prompt.ts'
import { writeProgram } from '../llm/write.ts'
import { loadEnv } from '../loadEnv.ts'
import { loadUntrusted } from '../loadUntrusted.ts'
import { proofData } from '../proof/data.ts'
import { prove } from '../proof/prove.ts'
import { type Candidate, fittest, lastRung } from './candidate.ts'
import { cross } from './crossover.ts'
import { agreement, correlation, type Evidence, gatherEvidence, scoreAll, sum } from './evidence.ts'
import { concurrently, halve, rungsFor } from './halving.ts'
import { compareFitness, type Fitness, type Judge, judgeOf } from './judge.ts'
import { prune, type Ranked } from './prune.ts'
import { describeFitness, reflection } from './reflection.ts'
import { orderOf, type SearchFolder } from './searchFolder.ts'
import { trainTo } from './training.ts'

export interface SearchSettings {
  readonly text: string
  /** Programs written an iteration. */
  readonly samples: number
  readonly iterations: number
  /** Of these, how many are trained at most. */
  readonly train: number
  /** Seeds that the best is trained with again at the end. */
  readonly finalSeeds: number
  /** Program that judges; default: the environment's own success. */
  readonly fitness?: string
}

export interface SearchHooks {
  readonly onNote: (message: string) => void
  readonly signal?: AbortSignal
}

/** What the last check of a search found. */
export interface Confirmation {
  readonly seeds: readonly {
    readonly seed: number
    readonly run: string
    readonly success: number | null
    readonly return: number
  }[]
  /** Between the reward and the judge, over recorded episodes. */
  readonly correlation: number
}

/** Questions under way at once. */
const ASKED_AT_ONCE = 4

/** What a search is about, put together once. */
interface Bench {
  readonly settings: SearchSettings
  readonly input: TrainInput
  readonly config: TrainConfig
  readonly env: EnvDefinition
  readonly judge: Judge
  readonly asker: Asker
  readonly folder: SearchFolder
  readonly hooks: SearchHooks
}

/** Throws CarrotError before anything is asked when the settings cannot be. */
export async function openSearch(
  settings: SearchSettings,
  input: TrainInput & { readonly llm: string },
  folder: SearchFolder,
  hooks: SearchHooks,
): Promise<Search> {
  const config = parseConfig(input)
  const env = await loadEnv(config)
  const judge = await judgeOf(env, settings.fitness)
  const asker = openAsker(
    { maxTokens: MAX_TOKENS, ...config, llm: input.llm },
    {
      signal: hooks.signal,
      onNote: hooks.onNote,
      onAnswer: answer => folder.keepAnswer(answer),
      spent: readAnswers(join(folder.folder, 'answers')).map(({ usage }) => usage),
    },
  )
  return new Search({ settings, input, config, env, judge, asker, folder, hooks })
}

/** Tokens of a search, when the user does not say. */
const MAX_TOKENS = 1_000_000

export class Search {
  private readonly bench: Bench
  private readonly candidates = new Map<string, Candidate>()
  private readonly loaded = new Map<string, LoadedProgram>()
  private readonly first: Promise<readonly ChatMessage[]>

  /** Use `openSearch`. */
  constructor(bench: Bench) {
    this.bench = bench
    for (const candidate of bench.folder.candidates()) this.candidates.set(candidate.id, candidate)
    const { shots = SHOTS } = bench.config
    this.first = firstMessages({ env: bench.env, text: bench.settings.text, shots })
    this.first.catch(() => undefined)
  }

  /** Id of the environment. */
  get env(): string {
    return this.bench.env.spec.id
  }

  /** All iterations, those done before skipped. Resolves to the fittest candidate; null when told to stop. */
  async run(): Promise<Candidate | null> {
    const { settings, hooks, judge, asker } = this.bench
    hooks.onNote(judge.about)
    for (let iteration = 1; iteration <= settings.iterations; iteration++) {
      await this.iterate(iteration)
      if (hooks.signal?.aborted) return null
    }
    hooks.onNote(`Asked of ${asker.spent()}`)
    const best = this.best()
    if (best !== undefined) return best
    throw new CarrotError(
      'bad-reward',
      `None of ${this.candidates.size} programs could be trained on: ${this.all().at(-1)?.why}`,
      `All of them are in ${this.bench.folder.folder}. Say more exactly what the robot should do, or try a larger model.`,
    )
  }

  /**
   * Trains the best program anew on seeds that had no part in choosing it, and tells how its reward goes with the judge's.
   * Null when told to stop.
   */
  async confirm(best: Candidate): Promise<Confirmation | null> {
    const { settings, config, hooks } = this.bench
    const loaded = await this.program(best)
    const seeds = Array.from({ length: settings.finalSeeds }, (_, i) => config.seed + 1 + i)
    if (seeds.length > 0) hooks.onNote(`Training ${best.id} again with ${seeds.length} other seeds.`)
    const results = await concurrently(seeds, this.parallel, seed => this.retrain(seed, loaded))
    const finished = results.filter(each => each !== null)
    if (finished.length < seeds.length) return null
    const runs = [...finished.map(({ run }) => run), ...(best.run === null ? [] : [best.run])]
    return { seeds: finished, correlation: await this.correlationOf(loaded, runs) }
  }

  private async retrain(seed: number, loaded: LoadedProgram): Promise<Confirmation['seeds'][number] | null> {
    const { input, config, folder, judge, hooks } = this.bench
    if (hooks.signal?.aborted) return null
    const options = { input: { ...input, seed }, root: folder.runs, judge, signal: hooks.signal }
    const before = folder.finalRuns[seed] ?? null
    const rung = await trainTo(config.steps, loaded, before, options, run => folder.keepFinalRun(seed, run))
    return rung && { seed, run: folder.finalRuns[seed], success: rung.success, return: rung.return }
  }

  /** Pearson's, between the returns of recorded episodes under the program and under the judge. */
  private async correlationOf(loaded: LoadedProgram, runs: readonly string[]): Promise<number> {
    const { env, judge, folder } = this.bench
    const { episodes } = await gatherEvidence(env, judge, runs, folder.runs)
    const under = async (program: LoadedProgram) =>
      (await scoreAll(program, env, episodes)).map(({ reward }) => sum(reward))
    return correlation(await under(loaded), await under(judge.loaded))
  }

  /** Trainings side by side. */
  private get parallel(): number {
    return Math.max(1, Math.floor(availableParallelism() / this.bench.config.workers))
  }

  best(): Candidate | undefined {
    return fittest(this.all())
  }

  /** As it may be run: in a sandbox. */
  async program({ id }: Candidate): Promise<LoadedProgram> {
    const known = this.loaded.get(id)
    if (known !== undefined) return known
    const { folder, env } = this.bench
    const { file: _, ...loaded } = await loadUntrusted(folder.file(id), env.spec)
    this.loaded.set(id, loaded)
    return loaded
  }

  private async iterate(iteration: number): Promise<void> {
    const { settings, folder, hooks } = this.bench
    const before = this.all().filter(each => each.iteration < iteration)
    const parent = fittest(before)
    const messages = await this.messagesFor(parent)
    const numbers = Array.from({ length: settings.samples }, (_, i) => i + 1)
    await concurrently(numbers, ASKED_AT_ONCE, number => this.write(iteration, number, messages, parent))
    const evidence = await this.evidence(before)
    await this.crossover(iteration, before, evidence)
    if (hooks.signal?.aborted) return
    await this.choose(iteration, evidence)
    const chosen = this.of(iteration).filter(({ fate }) => fate !== 'unsound' && fate !== 'pruned')
    hooks.onNote(
      `Iteration ${iteration} of ${settings.iterations}: ${this.of(iteration).length} programs, ${chosen.length} to be trained (${folder.name}).`,
    )
    await this.train(chosen)
    const best = this.best()
    if (best !== undefined && !hooks.signal?.aborted) {
      hooks.onNote(
        `The best so far is ${best.id}, ${best.program?.name}: ${describeFitness(lastRung(best) as Fitness)}.`,
      )
    }
  }

  /** In their order, whichever was ready first. */
  private all(): Candidate[] {
    return [...this.candidates.values()].sort((a, b) => orderOf(a.id) - orderOf(b.id))
  }

  private of(iteration: number): Candidate[] {
    return this.all().filter(each => each.iteration === iteration)
  }

  private keep(candidate: Candidate, source?: string): Candidate {
    this.bench.folder.keep(candidate, source)
    this.candidates.set(candidate.id, candidate)
    return candidate
  }

  /** The task; after the first round also the best program so far and what training showed of it. */
  private async messagesFor(parent: Candidate | undefined): Promise<readonly ChatMessage[]> {
    const first = await this.first
    if (parent === undefined) return first
    const { folder, judge } = this.bench
    const others = this.of(parent.iteration)
      .filter(({ id }) => id !== parent.id)
      .map(each => `- ${described(each)}`)
    return [
      ...first,
      { role: 'assistant', content: block(folder.source(parent)) },
      { role: 'user', content: reflection(parent, { judge, root: folder.runs, others }) },
    ]
  }

  private async write(
    iteration: number,
    number: number,
    messages: readonly ChatMessage[],
    parent: Candidate | undefined,
  ): Promise<void> {
    const id = `${iteration}.${number}`
    if (this.candidates.has(id)) return
    const { asker, env, config } = this.bench
    const written = await writeProgram(asker, messages, {
      env,
      repairs: config.repairs ?? REPAIRS,
      parent: parent?.answers.at(-1),
      sample: SAMPLES_AN_ITERATION * iteration + number,
    })
    const answers = written.answers.map(({ hash }) => hash)
    const about = {
      id,
      iteration,
      origin: 'written' as const,
      parents: parent === undefined ? [] : [parent.id],
      answers,
    }
    if (written.loaded === undefined) {
      this.keep({ ...about, ...NOTHING, program: null, fate: 'unsound', why: written.reason })
      return
    }
    this.loaded.set(id, written.loaded)
    this.keep(
      { ...about, ...NOTHING, program: infoOf(written.loaded), fate: 'chosen', why: '' },
      written.loaded.source,
    )
  }

  private async evidence(before: readonly Candidate[]): Promise<Evidence> {
    const { env, judge, folder } = this.bench
    const runs = before.flatMap(({ run, rungs }) => (run !== null && rungs.length > 0 ? [run] : []))
    return gatherEvidence(env, judge, runs, folder.runs)
  }

  /** One child of the two fittest so far. */
  private async crossover(
    iteration: number,
    before: readonly Candidate[],
    evidence: Evidence,
  ): Promise<void> {
    const { settings, folder, env } = this.bench
    const id = `${iteration}.${settings.samples + 1}`
    const fitter = fittest(before)
    const other = fittest(before.filter(each => each.program?.hash !== fitter?.program?.hash))
    if (this.candidates.has(id) || fitter === undefined || other === undefined) return
    const parents = await Promise.all(
      [fitter, other].map(async each => ({
        source: folder.source(each),
        terms: each.program?.terms ?? [],
        scored: await scoreAll(await this.program(each), env, evidence.episodes),
      })),
    )
    const name = `${nameFor(settings.text, env.spec.id)}-${iteration}`
    const source = await cross(parents[0], parents[1], name)
    if (source === undefined) return
    const proof = await prove(source, env.spec, await proofData(env), { untrusted: true })
    const about = { id, iteration, origin: 'crossover' as const, parents: [fitter.id, other.id], answers: [] }
    const [failure] = proof.failures
    if (!proof.ok || proof.loaded === undefined) {
      this.keep({ ...about, ...NOTHING, program: null, fate: 'unsound', why: failure?.message ?? '' }, source)
      return
    }
    this.loaded.set(id, proof.loaded)
    this.keep({ ...about, ...NOTHING, program: infoOf(proof.loaded), fate: 'chosen', why: '' }, source)
  }

  /** Leaves out what is not worth training, by the same recordings for all. */
  private async choose(iteration: number, { episodes, worth }: Evidence): Promise<void> {
    const sound = this.of(iteration).filter(({ program }) => program !== null)
    // Chosen before, when this is a search that goes on.
    if (sound.every(({ fate, agreement }) => fate !== 'chosen' || agreement !== null)) return
    const rank = async (candidate: Candidate): Promise<Ranked<Candidate>> => {
      const scored = await scoreAll(await this.program(candidate), this.bench.env, episodes)
      const returns = scored.map(({ reward }) => sum(reward))
      const rewards = Float64Array.from(scored.flatMap(({ reward }) => [...reward]))
      return { candidate, agreement: agreement(returns, worth), rewards }
    }
    const earlier = this.all().filter(each => each.iteration < iteration && each.rungs.length > 0)
    const ranked = await concurrently(sound, this.parallel, rank)
    const known = await concurrently(earlier, this.parallel, rank)
    const verdicts = prune(ranked, this.bench.settings.train, ({ id }) => id, known)
    for (const { candidate, agreement, why } of verdicts) {
      this.keep({ ...candidate, agreement, ...(why === '' ? {} : { fate: 'pruned' as const, why }) })
    }
  }

  private async train(chosen: readonly Candidate[]): Promise<void> {
    const { config, hooks } = this.bench
    const rungs = rungsFor(config.steps, chosen.length)
    await halve(
      chosen.filter(({ fate }) => fate !== 'failed').map(({ id }) => id),
      rungs,
      this.parallel,
      (id, step) => this.trainOne(id, step, step === rungs.at(-1)),
      (a, b, step) => compareFitness(this.fitnessAt(a, step), this.fitnessAt(b, step)),
      (id, step) => {
        const candidate = this.candidates.get(id) as Candidate
        if (hooks.signal?.aborted || candidate.fate === 'stopped') return
        this.keep({ ...candidate, fate: 'stopped', why: `Others did better after ${step} steps.` })
      },
    )
  }

  /** As it was there, also where it has come further since. */
  private fitnessAt(id: string, step: number): Fitness {
    const { rungs } = this.candidates.get(id) as Candidate
    return rungs.find(rung => rung.step >= step) as Fitness
  }

  /** Undefined when it failed, or everything was told to stop. */
  private async trainOne(id: string, step: number, isLast: boolean): Promise<string | undefined> {
    const { input, folder, judge, hooks } = this.bench
    const candidate = this.candidates.get(id) as Candidate
    if (hooks.signal?.aborted) return undefined
    const reached = candidate.rungs.find(rung => rung.step >= step)
    if (reached !== undefined) return id
    try {
      const options = { input, root: folder.runs, judge, signal: hooks.signal }
      const rung = await trainTo(step, await this.program(candidate), candidate.run, options, run => {
        this.keep({ ...(this.candidates.get(id) as Candidate), run })
      })
      if (rung === null) return undefined
      const now = this.candidates.get(id) as Candidate
      this.keep({ ...now, rungs: [...now.rungs, rung], ...(isLast ? { fate: 'trained' as const } : {}) })
      return id
    } catch (error) {
      // Of the machine, not of the program: the others would fare no better.
      if (!(error instanceof CarrotError) || error.code === 'no-space') throw error
      const now = this.candidates.get(id) as Candidate
      this.keep({ ...now, fate: 'failed', why: describeError(error) })
      hooks.onNote(`Training on ${id} failed and is left out: ${describeError(error)}`)
      return undefined
    }
  }
}

/** More than anybody draws an iteration. */
const SAMPLES_AN_ITERATION = 10_000

const NOTHING = { agreement: null, run: null, rungs: [] }

const infoOf = ({ program, hash }: LoadedProgram): NonNullable<Candidate['program']> => ({
  name: program.name,
  hash,
  terms: program.terms.map(({ name }) => name),
})

/** What became of a candidate, a sentence. */
export function described({ id, program, fate, why, agreement, rungs }: Candidate): string {
  const rung = rungs.at(-1)
  const name = program === null ? '' : ` ${program.name}`
  const how =
    rung !== undefined
      ? `${describeFitness(rung)} after ${rung.step} steps`
      : agreement !== null
        ? `ranks ${Math.round(100 * agreement)} % of recorded pairs rightly`
        : ''
  const [reason] = why.split('\n')
  return [`${id}${name}: ${fate}`, how, reason].filter(part => part !== '').join('; ')
}
