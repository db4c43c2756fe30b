/** One program of a search: where it comes from, and how far it has come. */
import { z } from 'zod'
import { compareFitness, describeFitness, type Fitness } from './judge.ts'

const hash = z.string()

const rungSchema = z.object({
  /** Environment steps. */
  step: z.int(),
  success: z.number().nullable(),
  return: z.number(),
})

export const candidateSchema = z.object({
  /** '2.5': the fifth of the second iteration. */
  id: z.string(),
  iteration: z.int(),
  /** 'written' by a model, or put together from the terms of two others. */
  origin: z.enum(['written', 'crossover']),
  /** Ids of the candidates it was made from. */
  parents: z.array(z.string()),
  /** Hashes of the answers that led to it, the last one last. */
  answers: z.array(hash),
  /** Absent when nothing could be proven. */
  program: z.object({ name: z.string(), hash, terms: z.array(z.string()) }).nullable(),
  /**
   * 'unsound': no program that can be trained on · 'pruned' before training · 'chosen' to be trained · 'stopped' while it
   * trained, as others did better · 'failed' in training · 'trained' to the end.
   */
  fate: z.enum(['unsound', 'pruned', 'chosen', 'stopped', 'failed', 'trained']),
  /** Why, a sentence; '' where the fate says it all. */
  why: z.string(),
  /** Share of pairs of recorded episodes that it ranks as the judge does; null where the judge tells none apart. */
  agreement: z.number().nullable(),
  /** Run below the search's `runs/`. */
  run: z.string().nullable(),
  /** At every rung it has trained to. */
  rungs: z.array(rungSchema),
})
export type Candidate = Readonly<z.infer<typeof candidateSchema>>
export type Rung = Readonly<z.infer<typeof rungSchema>>

/** Where it stands now; undefined before its first rung. */
export const lastRung = ({ rungs }: Candidate): Rung | undefined => rungs.at(-1)

/** The fittest of those that trained to the end, else of those that came furthest; undefined when none has trained. */
export function fittest(candidates: readonly Candidate[]): Candidate | undefined {
  const trained = candidates.filter(({ rungs, fate }) => rungs.length > 0 && fate !== 'failed')
  const furthest = Math.max(0, ...trained.map(each => lastRung(each)?.step ?? 0))
  return trained
    .filter(each => lastRung(each)?.step === furthest)
    .reduce<Candidate | undefined>(
      (best, each) =>
        best === undefined || compareFitness(lastRung(each) as Fitness, lastRung(best) as Fitness) > 0
          ? each
          : best,
      undefined,
    )
}

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
