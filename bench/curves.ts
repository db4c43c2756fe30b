/**
 * Learning curves of runs side by side, as CSV: `node bench/curves.ts <run>... > bench/results/<name>.csv`. One row an
 * iteration; per run the mean return of its last 100 training episodes. The runs differ in their seeds only.
 */
import { CarrotError } from '../src/core/errors.ts'
import { openRun } from '../src/store/index.ts'

const runs = process.argv.slice(2).map(name => openRun(name))
if (runs.length === 0) throw new CarrotError('bad-argument', 'No run was named.', 'Name one or more.')
const curves = runs.map(
  run => new Map(run.metrics().map(({ step, values }) => [step, values.episodeReturn] as const)),
)
const steps = [...new Set(curves.flatMap(curve => [...curve.keys()]))].sort((a, b) => a - b)
const rows = steps.map(step => [step, ...curves.map(curve => curve.get(step)?.toFixed(1) ?? '')])
const header = ['step', ...runs.map(({ header }) => `seed ${header.seed}`)]
process.stdout.write([header, ...rows].map(row => `${row.join(',')}\n`).join(''))
