/** `carrot bench`: the measurements behind the README's numbers. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CarrotError, closest } from '../core/errors.ts'
import { codeRoot, inCheckout } from './package.ts'
import { figure, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

/** What a benchmark's file exports. */
interface Benchmark {
  readonly default: (options: BenchOptions) => Promise<readonly BenchResult[]>
}
/** What to measure, for benchmarks that can be asked. */
interface BenchOptions {
  /** Environment ids. */
  readonly envs?: readonly string[]
  /** A GPU. */
  readonly device?: string
}
interface BenchResult {
  readonly case: string
  readonly value: number
  readonly unit: string
  readonly ratio?: number
  readonly against?: string
}

export function addBench(program: Command): void {
  addVerb(program, {
    usage: 'bench [name]',
    about: 'measure this machine; without a name, list what can be measured',
    example: 'carrot bench step --env hopper,ant',
  })
    .option('--env <ids>', 'environments to measure, separated by commas, or all')
    .option('--device <device>', 'for update: webgpu or cuda; for render: webgpu; against the CPU')
    .action(async (name: string | undefined, options) =>
      name === undefined
        ? list(voice(options))
        : measure(name, { envs: await envsNamed(options.env), device: options.device }, voice(options)),
    )
}

const folder = join(codeRoot, 'bench')
const ending = inCheckout ? '.ts' : '.js'

/** Files that default-export a measurement; the others are their parts. */
const benchmarks = (): string[] =>
  readdirSync(folder)
    .filter(
      file => file.endsWith(ending) && /^export default /m.test(readFileSync(join(folder, file), 'utf8')),
    )
    .map(file => file.slice(0, -ending.length))
    .sort()

/** Throws CarrotError 'unknown-name'. */
async function envsNamed(text: string | undefined): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined
  const { envById, envs } = await import('../../envs/index.ts')
  if (text === 'all') return envs.map(({ spec }) => spec.id)
  return text.split(',').map(id => envById(id.trim()).spec.id)
}

async function list(out: Voice): Promise<void> {
  out.say(`There are benchmarks of: ${benchmarks().join(', ')}.`)
  out.result({ benches: benchmarks() })
}

async function measure(name: string, options: BenchOptions, out: Voice): Promise<void> {
  const names = benchmarks()
  if (!names.includes(name)) {
    const near = closest(name, names)
    throw new CarrotError(
      'unknown-name',
      `There is no benchmark '${name}'.`,
      near === undefined ? `There are ${names.join(', ')}.` : `Did you mean '${near}'?`,
    )
  }
  const { default: run }: Benchmark = await import(
    new URL(`../../bench/${name}${ending}`, import.meta.url).href
  )
  out.say(`Measuring ${name}; this takes a minute or more, and is best on an idle machine.`)
  const results = (await run(options)).map(({ ratio = null, against = null, ...rest }) => ({
    ...rest,
    ratio,
    against,
  }))
  const rows = results.map(({ case: what, value, unit, ratio, against }) => [
    what,
    figure(value),
    unit,
    ratio === null ? '–' : ratio.toFixed(2),
    against ?? '',
  ])
  out.say(table(['case', 'value', 'unit', 'ratio', 'to'], rows))
  out.result({ bench: name, results })
}
