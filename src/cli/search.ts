/** `carrot search`: a language model writes reward programs, training tells which is best, and the best leads to better ones. */
import { type Command, InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { type TrainInput, trainConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import { modelNamed } from '../llm/endpoint.ts'
import type { searchOutput } from '../protocol/cli.ts'
import type { Candidate } from '../search/candidate.ts'
import type { Confirmation } from '../search/confirm.ts'
import type { Search } from '../search/evolve.ts'
import type { SearchSettings } from '../search/population.ts'
import type { SearchFolder } from '../search/searchFolder.ts'
import { invocation } from './package.ts'
import { addSettings, settings } from './settings.ts'
import { exitCode, haltOnSignal } from './stop.ts'
import { figure, percent } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface SearchOptions {
  readonly json?: boolean
  readonly resume?: string
  readonly samples: number
  readonly iterations: number
  readonly train?: number
  readonly finalSeeds: number
  readonly fitness?: string
}

export function addSearch(program: Command): void {
  const verb = addVerb(program, {
    usage: 'search [env]',
    about: 'let a language model write reward programs, train on the promising ones, and improve the best',
    example:
      'carrot search ant --text "walk forward" --llm ollama/qwen3 --samples 4 --iterations 3 --steps 300000',
  })
    .option('--samples <n>', 'programs written an iteration', toFew, 4)
    .option('--iterations <n>', 'rounds of writing and training', toFew, 3)
    .option('--train <n>', 'programs trained an iteration at most (default: half of the samples)', toFew)
    .option('--final-seeds <n>', 'seeds that the best program is trained with again at the end', toFew, 3)
    .option('--fitness <reward>', "a program that judges (default: the environment's own success)")
    .option('--resume <search>', 'go on with a search that was stopped')
    .option('--config <file>', 'settings of the trainings from a YAML file; flags win over it')
  addSettings(verb).action((env: string | undefined, options: SearchOptions) => search(env, options, verb))
}

function toFew(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0 || count > 999) {
    throw new InvalidArgumentError('Give a whole number below 1000.')
  }
  return count
}

async function search(env: string | undefined, options: SearchOptions, verb: Command): Promise<void> {
  const out = voice(options)
  const halt = haltOnSignal(
    () => out.say('Stopping after what is under way, with checkpoints. Once more stops at once.'),
    new CarrotError('no-answer', 'The search was stopped.', 'Go on with --resume.'),
  )
  const { folder, search } = await begin(env, options, verb, out, halt.signal)
  out.say(`Everything is kept in ${folder.folder}; Ctrl-C stops, and --resume goes on.`)
  const line = `${invocation()} search --resume ${folder.name}`
  try {
    const best = await search.run()
    const confirmed = best && (await search.confirm(best))
    if (best !== null && confirmed !== null) {
      const result = resultOf(folder, search.env, best, confirmed)
      folder.keepResult(result)
      await show(result, folder, out)
    }
  } catch (error) {
    if (halt.stopped === undefined) {
      out.say(`What there is so far is kept. Go on with: ${line}`)
      throw error
    }
  }
  if (halt.stopped !== undefined) {
    out.say(`Stopped. Go on with: ${line}`)
    out.result({ search: folder.name, resume: line })
    process.exit(exitCode(halt.stopped))
  }
  // The signal is still waited for.
  process.exit(process.exitCode ?? 0)
}

/** A new search, or one that goes on with the settings it has; only what is said of the model may change. */
async function begin(
  env: string | undefined,
  options: SearchOptions,
  verb: Command,
  out: Voice,
  signal: AbortSignal,
): Promise<{ folder: SearchFolder; search: Search }> {
  const { openSearch } = await import('../search/evolve.ts')
  const { SearchFolder } = await import('../search/searchFolder.ts')
  const hooks = { onNote: out.say, signal }
  if (options.resume !== undefined) {
    const folder = SearchFolder.open(options.resume)
    const kept = folder.settings as { search: SearchSettings; train: TrainInput & { llm: string } }
    const input = { ...kept.train, ...aboutModel(settings(verb, env)) }
    return { folder, search: await openSearch(kept.search, input, folder, hooks) }
  }
  const given = settings(verb, env)
  const input = withModel(given)
  const { samples, iterations, finalSeeds, fitness } = options
  const train = options.train ?? Math.ceil(samples / 2)
  const asked: SearchSettings = {
    ...{ text: given.text as string, samples, iterations, train, finalSeeds },
    ...(fitness === undefined ? {} : { fitness }),
  }
  const folder = SearchFolder.draft(input.env)
  const search = await openSearch(asked, input, folder, hooks)
  folder.create({ search: asked, train: input })
  return { folder, search }
}

/** One thread each: many trainings side by side use the cores better. Throws CarrotError for what is missing. */
function withModel(given: Partial<TrainInput>): TrainInput & { llm: string } {
  const { env, text } = given
  const llm = modelNamed(given.llm)
  if (env !== undefined && text !== undefined && llm !== undefined) {
    return { workers: 1, ...given, env, llm, via: 'llm' }
  }
  const [what, how] =
    env === undefined
      ? ['for which robot', 'Name an environment: carrot search hopper …']
      : text === undefined
        ? ['for what', 'Say what the robot should do: --text "…".']
        : ['by which model', 'Name one: --llm ollama/qwen3, or another <provider>/<model>.']
  throw new CarrotError('bad-argument', `Programs ${what} are to be searched is not said.`, how)
}

/** Settings that a search may go on with in place of its own. Throws CarrotError for any other. */
function aboutModel(given: Partial<TrainInput>): Partial<TrainInput> {
  const allowed = ['llm', 'llmUrl', 'llmKeyFile', 'llmTimeout', 'llmPrice', 'maxTokens', 'maxCost']
  const other = Object.keys(given).find(name => !allowed.includes(name) && name in trainConfig.shape)
  if (other === undefined) return given
  throw new CarrotError(
    'bad-argument',
    `A search that goes on keeps its own settings, and ${other} would change them.`,
    'Leave it out; only what is said of the model and its caps may change.',
  )
}

type Result = z.infer<typeof searchOutput>

function resultOf(
  folder: SearchFolder,
  env: string,
  best: Candidate,
  { seeds, correlation }: Confirmation,
): Result {
  const { id, program, run, rungs } = best
  const last = rungs.at(-1)!
  const candidates: Record<string, number> = {}
  for (const { fate } of folder.candidates()) candidates[fate] = (candidates[fate] ?? 0) + 1
  return {
    search: folder.name,
    folder: folder.folder,
    env,
    best: {
      id,
      name: program!.name,
      hash: program!.hash,
      file: folder.file(id),
      run: run as string,
      success: last.success,
      return: last.return,
    },
    candidates,
    seeds: [...seeds],
    correlation,
  }
}

async function show(result: Result, folder: SearchFolder, out: Voice): Promise<void> {
  const { familyTree } = await import('../search/tree.ts')
  const { best, seeds, correlation } = result
  const how = ({ success, return: returned }: { success: number | null; return: number }) =>
    `${success === null ? '' : `success ${percent(success)}, `}return ${figure(returned)}`
  out.say(`\n${familyTree(folder.candidates(), best.id)}\n`)
  out.say(`The best is ${best.id}, ${best.name}: ${how(best)}.`)
  for (const each of seeds) out.say(`Trained anew with seed ${each.seed}: ${how(each)}.`)
  out.say(`Its reward goes with the fitness of recorded episodes at r = ${correlation.toFixed(2)}.`)
  out.say(`Program: ${best.file}`)
  out.say(`Watch it: ${invocation()} watch ${folder.runs}/${best.run}`)
  out.result(result)
}
