/**
 * Times gradient steps on one executor and prints `{seconds}`, the least that one took. A process of its own, started by
 * executors.ts: see gpuProbe.ts. Arguments: the executor's name, and sizes as JSON.
 */
import { type ExecutorName, executorFor } from './executors.ts'
import { type TrialSizes, trialGraph } from './trialGraph.ts'

/** Steps before those that count: shaders are compiled in the first. */
const WARM_UP = 3
const COUNTED = 10

async function secondsOf(name: ExecutorName, sizes: TrialSizes): Promise<number> {
  const graph = trialGraph(sizes)
  using session = await (await executorFor(name)).compile(graph)
  for (const input of graph.inputs.keys()) session.input(input).fill(0.01)
  let least = Number.POSITIVE_INFINITY
  for (let step = 0; step < WARM_UP + COUNTED; step++) {
    const start = performance.now()
    await session.run()
    // Fetching the loss waits for the whole step.
    if (!Number.isFinite(session.output('loss')[0])) throw new Error('The trial computed no number.')
    if (step >= WARM_UP) least = Math.min(least, (performance.now() - start) / 1e3)
  }
  return least
}

const [name, sizes] = process.argv.slice(2)
const seconds = await secondsOf(name as ExecutorName, JSON.parse(sizes))
process.stdout.write(`${JSON.stringify({ seconds })}\n`, () => process.exit(0))
