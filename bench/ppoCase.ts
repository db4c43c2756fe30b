/** PPO updates to measure: sizes, settings, and one minibatch that stays the same. */
import { Rng, STREAM } from '../src/core/rng.ts'
import { type ExecutorName, executorFor } from '../src/executors.ts'
import { actorCritic, initialise } from '../src/learn/policy.ts'
import { type PpoSettings, ppoUpdateGraph } from '../src/learn/ppo.ts'

export interface PpoCase {
  readonly obsSize: number
  readonly actionSize: number
  readonly hidden: readonly number[]
  /** Rows of a minibatch. */
  readonly rows: number
}

export const settings: PpoSettings = {
  epochs: 1,
  minibatches: 1,
  learningRate: 3e-4,
  anneal: false,
  gamma: 0.99,
  lambda: 0.95,
  clip: 0.2,
  clipValue: true,
  valueWeight: 0.5,
  entropyWeight: 0.01,
  maxGradNorm: 0.5,
  normalizeObs: false,
  normalizeReward: false,
}

export const specOf = ({ obsSize, actionSize, hidden }: PpoCase) =>
  ({
    obsSize,
    actionSize,
    hidden,
    activation: 'tanh',
    head: 'gaussian',
    low: Array<number>(actionSize).fill(-1),
    high: Array<number>(actionSize).fill(1),
  }) as const

/** Millions of floating-point operations: forward once, backward twice, a multiplication and an addition each. */
export function megaflops(size: PpoCase): number {
  return (6 * size.rows * actorCritic(specOf(size)).layout.size) / 1e6
}

/** Starting parameters. */
export function startOf(size: PpoCase): Float32Array {
  return initialise(specOf(size), 1)
}

/** The minibatch by input name: ratios near 1, some of them clipped. */
export function minibatchOf({ obsSize, actionSize, rows }: PpoCase): Readonly<Record<string, Float32Array>> {
  const rng = new Rng(1, STREAM.data)
  const normal = (count: number, scale = 1) =>
    Float32Array.from({ length: count }, () => scale * rng.normal())
  const action = normal(rows * actionSize)
  const logProb = normal(rows, 0.2).map((noise, row) => {
    const own = action.subarray(row * actionSize, (row + 1) * actionSize)
    return own.reduce((sum, a) => sum - 0.5 * (a * a + Math.log(2 * Math.PI)), noise)
  })
  return {
    obs: normal(rows * obsSize),
    action,
    logProb,
    advantage: normal(rows),
    target: normal(rows),
    value: normal(rows, 0.5),
  }
}

/** What a number of updates took, s. */
export interface Times {
  readonly cpu: number
  readonly wall: number
}

/** One implementation of the update, ready to run. */
export interface Updater extends Disposable {
  /** Makes updates with this step size; 0 does all the work and leaves the parameters. */
  update(count: number, learningRate: number): Promise<Times>
  params(): Promise<Float32Array>
  /** Loss and the like of the last update, by name. */
  figures(): Readonly<Record<string, number>>
}

export async function ourUpdater(name: ExecutorName, size: PpoCase): Promise<Updater> {
  const graph = ppoUpdateGraph(specOf(size), settings, size.rows)
  const executor = await executorFor(name)
  const session = await executor.compile(graph)
  session.writeState('params', startOf(size))
  for (const [input, data] of Object.entries(minibatchOf(size))) session.input(input).set(data)
  return {
    async update(count, learningRate) {
      session.input('learningRate')[0] = learningRate
      const before = process.cpuUsage()
      const start = performance.now()
      for (let i = 0; i < count; i++) {
        const pending = session.run()
        if (pending) await pending
      }
      const wall = (performance.now() - start) / 1e3
      const { user, system } = process.cpuUsage(before)
      return { cpu: (user + system) / 1e6, wall }
    },
    params: async () => session.readState('params'),
    figures: () => Object.fromEntries([...graph.outputs.keys()].map(key => [key, session.output(key)[0]])),
    [Symbol.dispose]: () => session.dispose(),
  }
}

/** Updates that take about this long. */
export async function updatesIn(seconds: number, updater: Updater): Promise<number> {
  for (let count = 1; ; count *= 4) {
    const { wall } = await updater.update(count, 0)
    if (wall > seconds / 4) return Math.max(1, Math.round((count * seconds) / wall))
  }
}
