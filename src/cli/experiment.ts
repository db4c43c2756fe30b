/** `carrot train --seeds … --sweep …`: the same training several times, and what that says. `carrot report`: of runs there are. */
import type { Command } from 'commander'
import type { TrainInput } from '../config.ts'
import { parseSeeds, parseSweep } from '../search/grid.ts'
import type { Report } from '../search/report.ts'
import { Progress } from './progress.ts'
import { withSetting } from './settings.ts'
import { exitCode, haltOnSignal } from './stop.ts'
import { figure, percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

export interface ExperimentOptions {
  readonly seeds?: string
  readonly sweep?: readonly string[]
}

export const isExperiment = ({ seeds, sweep }: ExperimentOptions): boolean =>
  seeds !== undefined || sweep !== undefined

/** Trains every cell with every seed, then reports on those that went to their end. */
export async function runSweep(input: TrainInput, options: ExperimentOptions, out: Voice): Promise<void> {
  const { cellsOf } = await import('../search/grid.ts')
  const { runExperiment } = await import('../search/experiment.ts')
  const { makeReport } = await import('../search/report.ts')
  const seeds = options.seeds === undefined ? [input.seed ?? 1] : parseSeeds(options.seeds)
  const inputOf = (cell: Readonly<Record<string, unknown>>, seed: number): TrainInput =>
    Object.entries(cell).reduce((made, [name, value]) => withSetting(made, name, value), { ...input, seed })
  const halt = haltOnSignal(() => out.say('Stopping after this iteration. Once more stops at once.'))
  let progress: Progress | undefined
  const finished = await runExperiment(
    { seeds, cells: cellsOf((options.sweep ?? []).map(parseSweep)), inputOf },
    {
      onStart: ({ index, count, name, run }) => {
        out.say(`\nRun ${index + 1} of ${count}: ${name} (${run})`)
        progress = new Progress(out)
      },
      onEvent: event => progress?.show(event),
      onFailure: (name, message) => {
        progress?.end()
        out.warn(`The run with ${name} failed and is left out: ${message}`)
      },
    },
    halt.signal,
  )
  if (halt.stopped !== undefined) process.exitCode = exitCode(halt.stopped)
  if (finished.length === 0) return out.say('No run went to its end; there is nothing to report.')
  show(makeReport(finished), out)
  // The signal is still waited for.
  if (halt.stopped === undefined) process.exit(process.exitCode ?? 0)
}

export function addReport(program: Command): void {
  addVerb(program, {
    usage: 'report <runs...>',
    about: 'put runs that differ in seeds or settings side by side, or show the family tree of a search',
    example: 'carrot report hopper-forward-s1-20260101-120000 hopper-forward-s2-20260101-121000',
  }).action(async (runs: string[], options) => {
    const { makeReport } = await import('../search/report.ts')
    const { isSearch } = await import('../search/searchFolder.ts')
    if (runs.length === 1 && isSearch(runs[0])) return showFamily(runs[0], voice(options))
    show(makeReport(runs), voice(options))
  })
}

async function showFamily(name: string, out: Voice): Promise<void> {
  const { SearchFolder } = await import('../search/searchFolder.ts')
  const { familyTree } = await import('../search/tree.ts')
  const { fittest } = await import('../search/candidate.ts')
  const folder = SearchFolder.open(name)
  const candidates = folder.candidates()
  out.say(familyTree(candidates, fittest(candidates)?.id))
  out.say(
    `\nPrograms: ${folder.folder}/candidates; what the model was asked and said: ${folder.folder}/answers.`,
  )
  const told = candidates.map(({ id, parents, origin, program, fate, why, agreement, run, rungs }) => ({
    ...{ id, parents, origin, name: program?.name ?? null, fate, why, agreement, run, rungs },
  }))
  out.result({ search: folder.name, candidates: told })
}

function show(report: Report, out: Voice): void {
  const { env, reward, cells, curves, folder } = report
  out.say(`\n${env} on ${reward}, interquartile means over seeds with 95 % bootstrap intervals:`)
  const interval = (value: (typeof cells)[number]['return'], text: (x: number) => string): string =>
    value === null ? '–' : `${text(value.estimate)} [${text(value.low)}, ${text(value.high)}]`
  const rows = cells.map(({ name, runs, return: returned, success }) => [
    name || 'all runs',
    String(runs.length),
    interval(returned, figure),
    interval(success, percent),
  ])
  out.say(table(['settings', 'seeds', 'return', 'success'], rows))
  out.say(`Learning curves: ${curves}, and as PNG beside it. Everything: ${folder}`)
  out.result(report)
}
