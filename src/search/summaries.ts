/** What searches there are, and one of them in full. */
import type { z } from 'zod'
import type { TrainInput } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import type { searchesOutput } from '../protocol/cli.ts'
import { type Candidate, fittest, lastRung } from './candidate.ts'
import type { SearchSettings } from './population.ts'
import { SearchFolder, searchNames } from './searchFolder.ts'

export type SearchSummary = z.infer<typeof searchesOutput>['searches'][number]

/** Those below `root` that can be read, oldest first. */
export function searchSummaries(root?: string): SearchSummary[] {
  return searchNames(root).flatMap(name => {
    try {
      return [summaryOf(SearchFolder.open(name, root))]
    } catch (error) {
      if (error instanceof CarrotError) return []
      throw error
    }
  })
}

export function summaryOf(folder: SearchFolder): SearchSummary {
  const { search, train } = folder.settings as { search: SearchSettings; train: TrainInput }
  const candidates = folder.candidates()
  const best = fittest(candidates)
  return {
    name: folder.name,
    folder: folder.folder,
    env: train.env,
    text: search.text,
    candidates: candidates.length,
    best: best === undefined ? null : bestOf(best),
    done: folder.result !== undefined,
  }
}

const bestOf = (best: Candidate): NonNullable<SearchSummary['best']> => {
  const { success, return: returned } = lastRung(best)!
  return { id: best.id, success, return: returned }
}
