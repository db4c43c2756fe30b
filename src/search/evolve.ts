/**
 * A search for a reward program: a model writes several, they are compared on recordings, the promising ones are trained side
 * by side, and what the best one showed goes into the next round (after Eureka, Ma et al., 2023).
 */
import { join } from 'node:path'
import { parseConfig, type TrainInput } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import { readAnswers } from '../llm/answers.ts'
import { openAsker } from '../llm/asker.ts'
import type { ChatMessage } from '../llm/chat.ts'
import { SHOTS } from '../llm/fromText.ts'
import { block, firstMessages } from '../llm/prompt.ts'
import { loadEnv } from '../loadEnv.ts'
import { type Candidate, described, fittest, lastRung } from './candidate.ts'
import { choose, evidenceFor } from './choosing.ts'
import { type Confirmation, confirm } from './confirm.ts'
import { contest } from './contest.ts'
import { concurrently } from './halving.ts'
import { describeFitness, type Fitness, judgeOf } from './judge.ts'
import { Population, type SearchHooks, type SearchSettings } from './population.ts'
import { reflection } from './reflection.ts'
import type { SearchFolder } from './searchFolder.ts'
import { crossover, write } from './writing.ts'

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
  const population = new Population({ settings, input, config, env, judge, asker, folder, hooks })
  const { shots = SHOTS } = config
  return new Search(population, await firstMessages({ env, text: settings.text, shots }))
}

/** Tokens of a search, when the user does not say. */
const MAX_TOKENS = 1_000_000

/** Questions under way at once. */
const ASKED_AT_ONCE = 4

export class Search {
  private readonly population: Population
  /** The task. */
  private readonly first: readonly ChatMessage[]

  /** Use `openSearch`. */
  constructor(population: Population, first: readonly ChatMessage[]) {
    this.population = population
    this.first = first
  }

  /** Id of the environment. */
  get env(): string {
    return this.population.bench.env.spec.id
  }

  /** All iterations, those done before skipped. Resolves to the fittest candidate; null when told to stop. */
  async run(): Promise<Candidate | null> {
    const { settings, hooks, judge, asker, folder } = this.population.bench
    hooks.onNote(judge.about)
    for (let iteration = 1; iteration <= settings.iterations; iteration++) {
      await this.iterate(iteration)
      if (hooks.signal?.aborted) return null
    }
    hooks.onNote(`Asked of ${asker.spent()}`)
    const all = this.population.all()
    const best = fittest(all)
    if (best !== undefined) return best
    throw new CarrotError(
      'bad-reward',
      `None of ${all.length} programs could be trained on: ${all.at(-1)?.why}`,
      `All of them are in ${folder.folder}. Say more exactly what the robot should do, or try a larger model.`,
    )
  }

  /** On other seeds. Null when told to stop. */
  confirm(best: Candidate): Promise<Confirmation | null> {
    return confirm(this.population, best)
  }

  private async iterate(iteration: number): Promise<void> {
    const { population } = this
    const { settings, folder, hooks } = population.bench
    const before = population.before(iteration)
    const parent = fittest(before)
    const messages = this.messagesFor(parent)
    const numbers = Array.from({ length: settings.samples }, (_, i) => i + 1)
    await concurrently(numbers, ASKED_AT_ONCE, number =>
      write(population, iteration, number, messages, parent),
    )
    const evidence = await evidenceFor(population, before)
    await crossover(population, iteration, before, evidence)
    if (hooks.signal?.aborted) return
    await choose(population, iteration, evidence)
    const all = population.of(iteration)
    const chosen = all.filter(({ fate }) => fate !== 'unsound' && fate !== 'pruned')
    hooks.onNote(
      `Iteration ${iteration} of ${settings.iterations}: ${all.length} programs, ${chosen.length} to be trained (${folder.name}).`,
    )
    await contest(population, chosen)
    const best = fittest(population.all())
    if (best !== undefined && !hooks.signal?.aborted) {
      const fitness = describeFitness(lastRung(best) as Fitness)
      hooks.onNote(`The best so far is ${best.id}, ${best.program?.name}: ${fitness}.`)
    }
  }

  /** The task; after the first round also the best program so far and what training showed of it. */
  private messagesFor(parent: Candidate | undefined): readonly ChatMessage[] {
    if (parent === undefined) return this.first
    const { folder, judge } = this.population.bench
    const others = this.population
      .of(parent.iteration)
      .filter(({ id }) => id !== parent.id)
      .map(each => `- ${described(each)}`)
    return [
      ...this.first,
      { role: 'assistant', content: block(folder.source(parent)) },
      { role: 'user', content: reflection(parent, { judge, root: folder.runs, others }) },
    ]
  }
}
