/** What a benchmark returns, and how it measures. */

export interface BenchResult {
  readonly case: string
  readonly value: number
  readonly unit: string
  /** `value` in terms of `against`, measured in the same run. */
  readonly ratio?: number
  readonly against?: string
}

/** What to measure, for benchmarks that can be asked. */
export interface BenchOptions {
  /** Environment ids; default: a few. */
  readonly envs?: readonly string[]
  /** A GPU to measure, as --device names it. */
  readonly device?: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

/** CPU time of this process while `work` runs, ns: what a shared machine does not blur. */
export async function cpuNanoseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

/** Wall-clock time of `work`, s: for what runs in several threads. */
export async function wallSeconds(work: () => unknown): Promise<number> {
  const before = performance.now()
  await work()
  return (performance.now() - before) / 1000
}
