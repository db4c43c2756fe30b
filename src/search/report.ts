/** Runs that differ in their seeds, and in some settings, side by side. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { llmConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import type { Algorithm } from '../learn/algorithms.ts'
import { ALGORITHMS, algorithmConfigs } from '../learnConfig.ts'
import type { reportOutput } from '../protocol/cli.ts'
import { freshName, openRun, runsRoot, type StoredRun, writeWholeSync } from '../store/index.ts'
import type { Series } from './chart.ts'
import { chartPng } from './raster.ts'
import { type Interval, stratifiedBootstrap } from './statistics.ts'
import { lineChart } from './svg.ts'

export type Report = z.infer<typeof reportOutput>

/** Steps of a curve that are drawn. */
const CURVE_POINTS = 100

/** Runs of one cell. */
interface Group {
  readonly name: string
  readonly runs: readonly StoredRun[]
}

/** Reads runs and writes report.json, report.md, curves.svg and curves.png into a folder of their own beside them. */
export function makeReport(names: readonly string[], root?: string): Report {
  const runs = names.map(name => openRun(name, root))
  checkComparable(runs)
  const groups = groupsOf(runs)
  const folder = join(runsRoot(root), freshName(`report-${runs[0].header.env.id}`, runsRoot(root)))
  const report: Report = {
    env: runs[0].header.env.id,
    reward: runs[0].program.name,
    folder,
    curves: join(folder, 'curves.svg'),
    picture: join(folder, 'curves.png'),
    cells: groups.map(cellOf),
  }
  mkdirSync(folder, { recursive: true })
  const chart = chartOf(report, groups)
  writeWholeSync(report.curves, lineChart(chart), 'the learning curves')
  writeWholeSync(report.picture, chartPng(chart), 'the learning curves')
  writeWholeSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`, 'the report')
  writeWholeSync(join(folder, 'report.md'), describeReport(report), 'the report')
  return report
}

function checkComparable(runs: readonly StoredRun[]): void {
  const tasks = new Set(runs.map(({ header, program }) => `${header.env.id} on ${program.name}`))
  if (tasks.size === 1) return
  throw new CarrotError(
    'bad-argument',
    `These runs are of different tasks: ${[...tasks].join(', ')}.`,
    'Report on runs of one environment and one reward program.',
  )
}

/** Settings that training does not depend on, and the seed. */
const IRRELEVANT = [
  ...['seed', 'workers', 'device', 'text', 'via', 'evalEvery', 'evalEpisodes'],
  ...Object.keys(llmConfig),
  ...['checkpointEvery', 'recordEvery', 'maxEpisodeBytes'],
]

/** Settings of a run as one flat object, without what differs between runs of one cell. */
function settingsOf(run: StoredRun): Map<string, string> {
  const flat = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) flat.set(path, String(value))
    else for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
  }
  walk(completed(run.config), '')
  for (const name of IRRELEVANT) flat.delete(name)
  return flat
}

/** With the algorithm's defaults for settings that there were not yet when the run was made. */
function completed(stored: unknown): object {
  const config = stored as { readonly algorithm: Algorithm } & Readonly<Record<string, unknown>>
  const { algorithm } = config
  const block = algorithmConfigs[algorithm]?.safeParse(config[algorithm])
  return { ...config, ...(block?.success ? { [algorithm]: block.data } : {}) }
}

/** Whether a setting is of the algorithm, or of all: those of others do not tell runs apart. */
const concerns = (setting: string, algorithm: string | undefined): boolean => {
  const [block] = setting.split('.')
  return block === algorithm || !(ALGORITHMS as readonly string[]).includes(block)
}

/** Runs with equal settings together, named by the settings in which the groups differ. */
function groupsOf(runs: readonly StoredRun[]): Group[] {
  const settings = runs.map(settingsOf)
  const names = [...new Set(settings.flatMap(each => [...each.keys()]))]
  const concerned = (name: string) => settings.filter(each => concerns(name, each.get('algorithm')))
  const differing = names.filter(name => new Set(concerned(name).map(each => each.get(name))).size > 1)
  const groups = new Map<string, StoredRun[]>()
  runs.forEach((run, i) => {
    const own = differing.filter(each => concerns(each, settings[i].get('algorithm')))
    const name = own.map(each => `${each}=${settings[i].get(each) ?? 'none'}`).join(' ')
    groups.set(name, [...(groups.get(name) ?? []), run])
  })
  return [...groups].map(([name, members]) => ({ name, runs: members }))
}

function cellOf({ name, runs }: Group): Report['cells'][number] {
  const judged = runs.flatMap(run => {
    const result = run.summary().eval
    return result === undefined ? [] : [{ run: run.name, seed: run.header.seed, result }]
  })
  const over = (of: (result: (typeof judged)[number]['result']) => number | null): Interval | null => {
    const values = judged.map(({ result }) => of(result))
    return values.length === 0 || values.includes(null) ? null : stratifiedBootstrap([values as number[]])
  }
  return {
    name,
    runs: judged.map(({ run, seed, result }) => ({ run, seed, return: result.returnMean })),
    unfinished: runs.filter(run => run.summary().eval === undefined).map(run => run.name),
    return: over(result => result.returnMean),
    success: over(result => result.successRate),
  }
}

/** Return over steps: of evaluations where all runs of the cell have some, else of training episodes. */
function curveOf({ name, runs }: Group): Series {
  const evaluated = runs.every(run => run.evals().length > 1)
  const curves = runs.map(run =>
    evaluated
      ? run.evals().map(({ step, result }) => ({ step, value: result.returnMean }))
      : run.metrics().map(({ step, values }) => ({ step, value: values.episodeReturn ?? Number.NaN })),
  )
  const last = Math.max(0, ...curves.map(curve => curve.at(-1)?.step ?? 0))
  const all = [...new Set(curves.flat().map(({ step }) => step))].sort((a, b) => a - b)
  const steps =
    evaluated || all.length <= CURVE_POINTS
      ? all
      : Array.from({ length: CURVE_POINTS }, (_, i) => Math.round((last * (i + 1)) / CURVE_POINTS))
  const points = steps.flatMap(step => {
    const values = curves.flatMap(curve => {
      const value = curve.findLast(point => point.step <= step)?.value
      return value === undefined || !Number.isFinite(value) ? [] : [value]
    })
    if (values.length < runs.length) return []
    const { estimate, low, high } = stratifiedBootstrap([values], undefined, { repetitions: 300 })
    return [{ x: step, y: estimate, low, high }]
  })
  return { name: name || `${runs.length} seeds`, points }
}

const chartOf = ({ env, reward }: Report, groups: readonly Group[]) => ({
  title: `${env} on ${reward}: interquartile mean over seeds, 95 % interval`,
  xLabel: 'environment steps',
  yLabel: 'return',
  series: groups.map(curveOf),
})

/** The report as Markdown. */
export function describeReport({ env, reward, cells }: Report): string {
  const round = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 0)
  const shown = (interval: Interval | null, factor = 1): string =>
    interval === null
      ? '–'
      : `${round(factor * interval.estimate)} [${round(factor * interval.low)}, ${round(factor * interval.high)}]`
  const rows = cells.map(
    ({ name, runs, return: returned, success, unfinished }) =>
      `| ${name || 'all runs'} | ${runs.length}${unfinished.length === 0 ? '' : ` of ${runs.length + unfinished.length}`} | ${shown(returned)} | ${shown(success, 100)} |`,
  )
  return [
    `# ${env} on ${reward}`,
    '',
    'Interquartile mean over seeds of the return without exploration, with 95 % bootstrap intervals.',
    '',
    '| settings | seeds | return | success, % |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '![learning curves](curves.svg)',
    '',
  ].join('\n')
}
