/** Wall-clock time of training, over all processes of a run. */
export class TrainingClock {
  private readonly before: number
  private started = 0
  private last: { time: number; step: number }

  constructor(step: number, before: number) {
    this.before = before
    this.last = { time: 0, step }
  }

  start(): void {
    this.started = performance.now()
    this.last.time = this.started
  }

  get seconds(): number {
    return this.before + (performance.now() - this.started) / 1000
  }

  /** Does something whose time does not count as training. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    const before = performance.now()
    const result = await work()
    const spent = performance.now() - before
    this.started += spent
    this.last.time += spent
    return result
  }

  /** Time so far, and the rate since the last lap. */
  lap(step: number): { seconds: number; stepsPerSecond: number } {
    const time = performance.now()
    const stepsPerSecond = ((step - this.last.step) / (time - this.last.time)) * 1000
    this.last = { time, step }
    return { seconds: this.before + (time - this.started) / 1000, stepsPerSecond }
  }
}
