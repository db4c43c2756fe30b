/** Whether the best program of a search is as good on seeds that had no part in choosing it. */
import type { LoadedProgram } from '../core/reward.ts'
import type { Candidate } from './candidate.ts'
import { correlation, gatherEvidence, scoreAll, sum } from './evidence.ts'
import { concurrently } from './halving.ts'
import type { Population } from './population.ts'
import { trainTo } from './training.ts'

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

/**
 * Trains the best program anew on seeds that had no part in choosing it, and tells how its reward goes with the judge's.
 * Null when told to stop.
 */
export async function confirm(population: Population, best: Candidate): Promise<Confirmation | null> {
  const { settings, config, hooks } = population.bench
  const loaded = await population.program(best)
  const seeds = Array.from({ length: settings.finalSeeds }, (_, i) => config.seed + 1 + i)
  if (seeds.length > 0) hooks.onNote(`Training ${best.id} again with ${seeds.length} other seeds.`)
  const results = await concurrently(seeds, population.parallel, seed => retrain(population, seed, loaded))
  const finished = results.filter(each => each !== null)
  if (finished.length < seeds.length) return null
  const runs = [...finished.map(({ run }) => run), ...(best.run === null ? [] : [best.run])]
  return { seeds: finished, correlation: await correlationOf(population, loaded, runs) }
}

async function retrain(
  population: Population,
  seed: number,
  loaded: LoadedProgram,
): Promise<Confirmation['seeds'][number] | null> {
  const { input, config, folder, judge, hooks } = population.bench
  if (hooks.signal?.aborted) return null
  const options = { input: { ...input, seed }, root: folder.runs, judge, signal: hooks.signal }
  const before = folder.finalRuns[seed] ?? null
  const rung = await trainTo(config.steps, loaded, before, options, run => folder.keepFinalRun(seed, run))
  return rung && { seed, run: folder.finalRuns[seed], success: rung.success, return: rung.return }
}

/** Pearson's, between the returns of recorded episodes under the program and under the judge. */
async function correlationOf(
  population: Population,
  loaded: LoadedProgram,
  runs: readonly string[],
): Promise<number> {
  const { env, judge, folder } = population.bench
  const { episodes } = await gatherEvidence(env, judge, runs, folder.runs)
  const under = async (program: LoadedProgram) =>
    (await scoreAll(program, env, episodes)).map(({ reward }) => sum(reward))
  return correlation(await under(loaded), await under(judge.loaded))
}
