/** Trains the chosen candidates side by side; those that fall behind are stopped. */
import { CarrotError, describeError, type ErrorCode } from '../core/errors.ts'
import type { Candidate } from './candidate.ts'
import { halve, rungsFor } from './halving.ts'
import { compareFitness, type Fitness } from './judge.ts'
import type { Population } from './population.ts'
import { trainTo } from './training.ts'

export async function contest(population: Population, chosen: readonly Candidate[]): Promise<void> {
  const { config, hooks } = population.bench
  const rungs = rungsFor(config.steps, chosen.length)
  await halve(
    chosen.filter(({ fate }) => fate !== 'failed').map(({ id }) => id),
    rungs,
    population.parallel,
    (id, step) => trainOne(population, id, step, step === rungs.at(-1)),
    (a, b, step) => compareFitness(fitnessAt(population.get(a), step), fitnessAt(population.get(b), step)),
    (id, step) => {
      if (hooks.signal?.aborted || population.get(id).fate === 'stopped') return
      population.change(id, { fate: 'stopped', why: `Others did better after ${step} steps.` })
    },
  )
}

/** As it was at a rung, also where it has come further since. */
const fitnessAt = ({ rungs }: Candidate, step: number): Fitness =>
  rungs.find(rung => rung.step >= step) as Fitness

/** Failures of a training that leave one candidate out. */
const OF_THE_PROGRAM: readonly ErrorCode[] = ['bad-reward', 'bad-signal', 'diverged']

/** Undefined when it failed, or everything was told to stop. */
async function trainOne(
  population: Population,
  id: string,
  step: number,
  isLast: boolean,
): Promise<string | undefined> {
  const { input, folder, judge, hooks } = population.bench
  const candidate = population.get(id)
  if (hooks.signal?.aborted) return undefined
  const reached = candidate.rungs.find(rung => rung.step >= step)
  if (reached !== undefined) return id
  try {
    const options = { input, root: folder.runs, judge, signal: hooks.signal }
    const rung = await trainTo(step, await population.program(candidate), candidate.run, options, run => {
      population.change(id, { run })
    })
    if (rung === null) return undefined
    const rungs = [...candidate.rungs, rung]
    population.change(id, { rungs, ...(isLast ? { fate: 'trained' as const } : {}) })
    return id
  } catch (error) {
    // What is wrong with the machine is not the program's fault: the others would fare no better.
    if (!(error instanceof CarrotError) || !OF_THE_PROGRAM.includes(error.code)) throw error
    population.change(id, { fate: 'failed', why: describeError(error) })
    hooks.onNote(`Training on ${id} failed and is left out: ${describeError(error)}`)
    return undefined
  }
}
