/** Which candidates of an iteration are trained: told from the same recordings for all. */
import type { Candidate } from './candidate.ts'
import { agreement, type Evidence, gatherEvidence, scoreAll, sum } from './evidence.ts'
import { concurrently } from './halving.ts'
import type { Population } from './population.ts'
import { prune, type Ranked } from './prune.ts'

/** What is recorded before an iteration begins. */
export async function evidenceFor(population: Population, before: readonly Candidate[]): Promise<Evidence> {
  const { env, judge, folder } = population.bench
  const runs = before.flatMap(({ run, rungs }) => (run !== null && rungs.length > 0 ? [run] : []))
  return gatherEvidence(env, judge, runs, folder.runs)
}

/** Leaves out what is not worth training, by the same recordings for all. */
export async function choose(
  population: Population,
  iteration: number,
  { episodes, worth }: Evidence,
): Promise<void> {
  const sound = population.of(iteration).filter(({ program }) => program !== null)
  // Chosen before, when this is a search that goes on.
  if (sound.every(({ fate, agreement }) => fate !== 'chosen' || agreement !== null)) return
  const rank = async (candidate: Candidate): Promise<Ranked<Candidate>> => {
    const scored = await scoreAll(await population.program(candidate), population.bench.env, episodes)
    const returns = scored.map(({ reward }) => sum(reward))
    const rewards = Float64Array.from(scored.flatMap(({ reward }) => [...reward]))
    return { candidate, agreement: agreement(returns, worth), rewards }
  }
  const earlier = population.all().filter(each => each.iteration < iteration && each.rungs.length > 0)
  const ranked = await concurrently(sound, population.parallel, rank)
  const known = await concurrently(earlier, population.parallel, rank)
  const verdicts = prune(ranked, population.bench.settings.train, ({ id }) => id, known)
  for (const { candidate, agreement, why } of verdicts) {
    population.keep({ ...candidate, agreement, ...(why === '' ? {} : { fate: 'pruned' as const, why }) })
  }
}
