/**
 * How host and worker wake each other: counts in shared memory, which a blocked thread can wait for. To wake a thread that
 * sleeps takes some 25 µs, a quarter of a light batch. So where both have a core to run on they look for a moment before
 * they sleep; where they have not, looking only keeps the other from running, and soon stops.
 */

/** Requests made, and taken up; answers given; and whether the host is looking. */
const REQUESTS = 0
const TAKEN = 1
const ANSWERS = 2
const LOOKING = 3
export const BELL_BYTES = 16

/** How long each looks, µs: the host for the worker to begin, and to end; the worker for the next batch. */
const TO_BEGIN = 60
const TO_END = 400
const TO_BE_ASKED = 60
/** Before an answer is due, µs, the host looks; what a longer batch takes beyond that it sleeps. */
const AHEAD = 200
/** Batches after which it is tried again, at most, when it did not pay. */
const REST = 64
/** Looks between two glances at the clock. */
const LOOKS = 64

/** Tells the processor that this thread only looks; older engines have no such thing. */
const { pause } = Atomics as { readonly pause?: () => void }

/** What a worker is started with. */
export interface WorkerStart {
  readonly port: import('node:worker_threads').MessagePort
  readonly bell: SharedArrayBuffer
}

/** Looks until a number has changed from `old`, for so long, µs, and while `goOn` holds. */
function look(
  bell: Int32Array,
  at: number,
  old: number,
  time: number,
  goOn?: (waited: number) => boolean,
): boolean {
  const began = performance.now()
  for (let waited = 0; waited < time; waited = 1000 * (performance.now() - began)) {
    if (goOn?.(waited) === false) return false
    for (let i = 0; i < LOOKS; i++) {
      if (Atomics.load(bell, at) !== old) return true
      pause?.()
    }
  }
  return false
}

/** The host's end. */
export class HostBell {
  private readonly bell: Int32Array
  /** Batches to go until it looks again, and how many there were to be. */
  private toGo = 0
  private rest = 0
  /** Of the last batch, from its bell to its answer, µs. */
  private took = 0

  constructor(bell: SharedArrayBuffer) {
    this.bell = new Int32Array(bell)
  }

  /** Answers so far. */
  get answers(): number {
    return Atomics.load(this.bell, ANSWERS)
  }

  ring(): void {
    Atomics.add(this.bell, REQUESTS, 1)
    Atomics.notify(this.bell, REQUESTS)
  }

  /** Waits on the spot for one more answer than `answers`, for so long, ms. */
  wait(answers: number, time: number): boolean {
    const began = performance.now()
    const isAnswered = this.look(answers) || this.sleep(answers, time)
    this.took = 1000 * (performance.now() - began)
    return isAnswered
  }

  /** The same, while other things happen; also resolves at `release`. */
  async later(answers: number): Promise<void> {
    await Atomics.waitAsync(this.bell, ANSWERS, answers).value
  }

  /** Nobody is to wait for what will not come. */
  release(): void {
    Atomics.notify(this.bell, ANSWERS)
  }

  private sleep(answers: number, time: number): boolean {
    return Atomics.wait(this.bell, ANSWERS, answers, time) !== 'timed-out'
  }

  private look(answers: number): boolean {
    if (this.toGo-- > 0) return false
    const { bell, took } = this
    if (took > 2 * AHEAD && this.sleep(answers, (took - AHEAD) / 1000)) return true
    const requests = Atomics.load(bell, REQUESTS)
    Atomics.store(bell, LOOKING, 1)
    const goOn = (waited: number) => waited < TO_BEGIN || Atomics.load(bell, TAKEN) === requests
    const found = look(bell, ANSWERS, answers, TO_END, goOn)
    this.rest = found ? 0 : Math.min(REST, 2 * this.rest + 1)
    this.toGo = this.rest
    if (!found) Atomics.store(bell, LOOKING, 0)
    return found
  }
}

/** The worker's end. */
export class WorkerBell {
  private readonly bell: Int32Array
  private heard = 0

  constructor(bell: SharedArrayBuffer) {
    this.bell = new Int32Array(bell)
  }

  /** Waits for the next request. */
  wait(): void {
    const { bell, heard } = this
    // It may be asked at once by a host that is awake.
    if (Atomics.load(bell, LOOKING) === 1) look(bell, REQUESTS, heard, TO_BE_ASKED)
    Atomics.wait(bell, REQUESTS, heard)
    this.heard++
    Atomics.store(bell, TAKEN, this.heard)
  }

  answer(): void {
    Atomics.add(this.bell, ANSWERS, 1)
    Atomics.notify(this.bell, ANSWERS)
  }
}
