/** Bare physics in several worker threads at once: what a pool of environments can be compared with. */
import { envById } from '../envs/index.ts'
import type { PolicySnapshot } from '../src/core/policy.ts'
import { layoutOf } from '../src/core/spec.ts'
import { initialise, policySnapshot } from '../src/learn/policy.ts'
import { Port } from '../src/port.ts'
import type { TapeOptions } from './bareLoop.ts'

export interface BareOptions {
  readonly env: string
  readonly workers: number
  /** Simulations per worker. */
  readonly rows: number
  /** Control steps each takes in one run. */
  readonly steps: number
}

/** An untrained policy of 2×64, for physics as training meets it at first. */
export function freshPolicy(env: string): PolicySnapshot {
  const { obs, action } = envById(env).spec
  const obsSize = layoutOf(obs).width
  const spec = {
    obsSize,
    actionSize: action.low.length,
    hidden: [64, 64],
    activation: 'tanh',
    head: 'gaussian',
    low: action.low,
    high: action.high,
  } as const
  const mean = new Float32Array(obsSize)
  return policySnapshot(spec, 0, { mean, scale: mean.slice().fill(1) }, initialise(spec, 1))
}

export class BareWorkers implements AsyncDisposable {
  /** Control steps of one run, over all workers. */
  readonly steps: number
  private readonly ports: readonly Port[]

  constructor({ env, workers, rows, steps }: BareOptions) {
    const policy = freshPolicy(env)
    this.steps = workers * rows * steps
    this.ports = Array.from({ length: workers }, (_, w) => {
      const tape: TapeOptions = { env, rows, steps, firstRow: w * rows, policy }
      return new Port('./bareWorker', import.meta.url, tape)
    })
  }

  /** All workers play their whole tape at once. */
  async run(): Promise<void> {
    await Promise.all(this.ports.map(port => port.call('run')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.ports) await port[Symbol.asyncDispose]()
  }
}
