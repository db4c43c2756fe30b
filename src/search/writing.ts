/** Where the programs of a search come from: a model writes them, or two of them have a child. */
import type { LoadedProgram } from '../core/reward.ts'
import type { ChatMessage } from '../llm/chat.ts'
import { REPAIRS } from '../llm/fromText.ts'
import { nameFor } from '../llm/prompt.ts'
import { writeProgram } from '../llm/write.ts'
import { proofData } from '../proof/data.ts'
import { prove } from '../proof/prove.ts'
import { type Candidate, fittest } from './candidate.ts'
import { cross } from './crossover.ts'
import { type Evidence, scoreAll } from './evidence.ts'
import type { Population } from './population.ts'

/** The next program to these messages, unless it is there already. */
export async function write(
  population: Population,
  iteration: number,
  number: number,
  messages: readonly ChatMessage[],
  parent: Candidate | undefined,
): Promise<void> {
  const id = `${iteration}.${number}`
  if (population.has(id)) return
  const { asker, env, config } = population.bench
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
  const { loaded } = written
  if (loaded === undefined) population.keep(unsound(about, written.reason))
  else population.keep(sound(about, loaded), loaded.source, loaded)
}

/** One child of the two fittest so far. */
export async function crossover(
  population: Population,
  iteration: number,
  before: readonly Candidate[],
  evidence: Evidence,
): Promise<void> {
  const { settings, folder, env } = population.bench
  const id = `${iteration}.${settings.samples + 1}`
  const fitter = fittest(before)
  const other = fittest(before.filter(each => each.program?.hash !== fitter?.program?.hash))
  if (population.has(id) || fitter === undefined || other === undefined) return
  const parents = await Promise.all(
    [fitter, other].map(async each => ({
      source: folder.source(each),
      terms: each.program?.terms ?? [],
      scored: await scoreAll(await population.program(each), env, evidence.episodes),
    })),
  )
  const name = `${nameFor(settings.text, env.spec.id)}-${iteration}`
  const source = await cross(parents[0], parents[1], name)
  if (source === undefined) return
  const proof = await prove(source, env.spec, await proofData(env), { untrusted: true })
  const about = { id, iteration, origin: 'crossover' as const, parents: [fitter.id, other.id], answers: [] }
  const { ok, loaded, failures } = proof
  if (ok && loaded !== undefined) population.keep(sound(about, loaded), source, loaded)
  else population.keep(unsound(about, failures[0]?.message ?? ''), source)
}

/** More than anybody draws an iteration. */
const SAMPLES_AN_ITERATION = 10_000

type About = Pick<Candidate, 'id' | 'iteration' | 'origin' | 'parents' | 'answers'>

const NOTHING = { agreement: null, run: null, rungs: [] }

const unsound = (about: About, why: string): Candidate => ({
  ...about,
  ...NOTHING,
  program: null,
  fate: 'unsound',
  why,
})

const sound = (about: About, loaded: LoadedProgram): Candidate => ({
  ...about,
  ...NOTHING,
  program: infoOf(loaded),
  fate: 'chosen',
  why: '',
})

const infoOf = ({ program, hash }: LoadedProgram): NonNullable<Candidate['program']> => ({
  name: program.name,
  hash,
  terms: program.terms.map(({ name }) => name),
})
