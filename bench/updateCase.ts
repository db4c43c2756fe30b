/** One gradient update to measure, and whoever makes it. */
import { type ExecutorName, executorFor } from '../src/executors.ts'
import type { Graph } from '../src/graph/graph.ts'

export interface UpdateCase {
  readonly graph: Graph
  /** The peer's script in bench/peers. */
  readonly script: string
  /** What the peer is told besides: sizes and settings. */
  readonly setup: object
  /** Parameters at the start, by state, in the order in which they are compared. */
  readonly states: Readonly<Record<string, Float32Array>>
  /** One minibatch, by input. */
  readonly batch: Readonly<Record<string, Float32Array>>
  /** Inputs that are step sizes. */
  readonly rates: readonly string[]
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
  /** All parameters, state after state. */
  params(): Promise<Float32Array>
  /** Loss and the like of the last update, by name. */
  figures(): Readonly<Record<string, number>>
}

export async function ourUpdater(name: ExecutorName, one: UpdateCase): Promise<Updater> {
  const session = await (await executorFor(name)).compile(one.graph)
  for (const [state, data] of Object.entries(one.states)) session.writeState(state, data)
  for (const [input, data] of Object.entries(one.batch)) session.input(input).set(data)
  return {
    async update(count, learningRate) {
      for (const rate of one.rates) session.input(rate)[0] = learningRate
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
    async params() {
      await session.settle()
      return joined(Object.keys(one.states).map(state => session.readState(state)))
    },
    figures: () =>
      Object.fromEntries([...one.graph.outputs.keys()].map(key => [key, session.output(key)[0]])),
    [Symbol.dispose]: () => session.dispose(),
  }
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Updates that take about this long. */
export async function updatesIn(seconds: number, updater: Updater): Promise<number> {
  for (let count = 1; ; count *= 4) {
    const { wall } = await updater.update(count, 0)
    if (wall > seconds / 4) return Math.max(1, Math.round((count * seconds) / wall))
  }
}
