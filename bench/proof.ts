/**
 * `carrot bench proof`: what it takes to prove a program before it is trained on, and whether every built-in program passes:
 * types, a dry run on recordings of random, idle and expert policies, and the ranking of what these recordings show.
 */
import { envById } from '../envs/index.ts'
import { programs } from '../rewards/index.ts'
import { loadProgram } from '../src/loadProgram.ts'
import { textGraph } from '../src/programSource.ts'
import { proofData } from '../src/proof/data.ts'
import { prove } from '../src/proof/prove.ts'
import { checkTypes } from '../src/proof/types.ts'
import type { BenchOptions, BenchResult } from './result.ts'

export default async function run({ envs }: BenchOptions): Promise<BenchResult[]> {
  const chosen = programs.filter(({ env }) => env !== undefined && (envs?.includes(env) ?? true))
  const typing: number[] = []
  const proving: number[] = []
  const verdicts: BenchResult[] = []
  for (const { name, env = '' } of chosen) {
    const definition = envById(env)
    const { source } = await loadProgram(name)
    const graph = textGraph(`${name}.ts`, source)
    const data = await proofData(definition)
    typing.push(await milliseconds(() => checkTypes(graph.values(), definition.spec)))
    proving.push(
      await milliseconds(async () => {
        const { failures } = await prove(source, definition.spec, data)
        const [first] = failures
        const why = first === undefined ? '' : `: ${first.message}`
        verdicts.push({ case: `${name}${why}`, value: failures.length, unit: 'failures' })
      }),
    )
  }
  return [
    { case: 'first type check, compiler and library loaded', value: typing[0], unit: 'ms' },
    { case: 'type check, median of the others', value: median(typing.slice(1)), unit: 'ms' },
    { case: 'whole proof on recorded data, median', value: median(proving), unit: 'ms' },
    ...verdicts,
  ]
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const median = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
