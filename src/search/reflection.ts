/** What training on a program has shown, in figures that a language model can act on. */
import { template } from '../llm/templates.ts'
import type { MetricsRow, StoredRun } from '../store/index.ts'
import { openRun } from '../store/index.ts'
import type { Candidate } from './candidate.ts'
import { describeFitness, type Judge } from './judge.ts'

/** Points of a run that are told. */
const CHECKPOINTS = 10

export interface ReflectionOptions {
  readonly judge: Judge
  /** Folder of the candidate's run. */
  readonly root: string
  /** What became of the others of its iteration, a sentence each. */
  readonly others: readonly string[]
}

/** Of a candidate that was trained. */
export function reflection(candidate: Candidate, { judge, root, others }: ReflectionOptions): string {
  const run = openRun(candidate.run as string, root)
  return template('reflection', {
    steps: String(run.progress().step),
    measure: judge.about,
    fitness: candidate.rungs.map(rung => `After ${rung.step} steps: ${describeFitness(rung)}.`).join('\n'),
    terms: termHistory(run),
    others: others.length === 0 ? '' : `Of the other programs of this round:\n\n${others.join('\n')}`,
    name: run.program.name,
  }).replace(/\n{3,}/g, '\n\n')
}

/** One line a term, and what else training reports of its episodes. */
export function termHistory(run: StoredRun): string {
  const rows = run.metrics()
  const names = run.program.terms.map(term => `term/${term}`)
  const also = ['episodeReturn', 'episodeLength', 'episodeSuccess']
  return [...names, ...also]
    .flatMap(name => {
      const values = checkpoints(rows, name)
      if (values.length === 0) return []
      const [least, most] = [Math.min(...values), Math.max(...values)]
      const mean = values.reduce((total, value) => total + value, 0) / values.length
      const shown = values.map(digits).join(', ')
      const label = name.startsWith('term/') ? name.slice(5) : LABELS[name]
      return [`${label}: [${shown}] max ${digits(most)}, mean ${digits(mean)}, min ${digits(least)}`]
    })
    .join('\n')
}

const LABELS: Readonly<Record<string, string>> = {
  episodeReturn: '(return of an episode)',
  episodeLength: '(steps of an episode)',
  episodeSuccess: '(share of episodes that succeed by the criterion of the program, else of the environment)',
}

/** Means over ten equal parts of the run; fewer where it is short. */
function checkpoints(rows: readonly MetricsRow[], name: string): number[] {
  const values = rows.flatMap(row => (Number.isFinite(row.values[name]) ? [row.values[name] as number] : []))
  const count = Math.min(CHECKPOINTS, values.length)
  return Array.from({ length: count }, (_, i) => {
    const part = values.slice(
      Math.floor((i * values.length) / count),
      Math.floor(((i + 1) * values.length) / count),
    )
    return part.reduce((total, value) => total + value, 0) / part.length
  })
}

const digits = (value: number): string => String(Number(value.toPrecision(3)))
