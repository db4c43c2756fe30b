/**
 * Counter-based random numbers: a value depends on (seed, stream, row, counter) and on nothing else, so a run is the
 * same whatever the number of workers, and a checkpoint needs to store counters only.
 * The generator is Philox 4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** Streams in use, so that no two users of one seed draw the same numbers. */
export const STREAM = {
  reset: 1,
  action: 2,
  init: 3,
  shuffle: 4,
  evaluation: 5,
  data: 6,
  replay: 7,
  noise: 8,
  disturbance: 9,
} as const

/** High 32 bits of the unsigned product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = aLow * bLow
  const middle = aHigh * bLow + (low >>> 16)
  const cross = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0
}

/** A place in the random sequence of (seed, stream, row). Cheap to move: `seek` sets the counter. */
export class Rng {
  private readonly seed: number
  private readonly stream: number
  private readonly row: number
  private counter = 0
  private readonly block = new Uint32Array(4)
  private used = 4
  private spare = Number.NaN

  constructor(seed: number, stream: number, row = 0) {
    this.seed = seed >>> 0
    this.stream = stream >>> 0
    this.row = row >>> 0
  }

  /** Continues at block `counter` (four 32-bit words each), forgetting anything drawn ahead. */
  seek(counter: number): this {
    this.counter = counter
    this.used = 4
    this.spare = Number.NaN
    return this
  }

  private refill(): void {
    let c0 = this.counter >>> 0
    let c1 = Math.floor(this.counter / 4294967296) >>> 0
    let c2 = this.row
    let c3 = this.stream
    let k0 = this.seed
    let k1 = 0x636172 // 'car'
    for (let round = 0; round < 10; round++) {
      const high0 = mulHigh(M0, c0)
      const low0 = Math.imul(M0, c0) >>> 0
      const high1 = mulHigh(M1, c2)
      const low1 = Math.imul(M1, c2) >>> 0
      c0 = (high1 ^ c1 ^ k0) >>> 0
      c1 = low1
      c2 = (high0 ^ c3 ^ k1) >>> 0
      c3 = low0
      k0 = (k0 + W0) >>> 0
      k1 = (k1 + W1) >>> 0
    }
    this.block[0] = c0
    this.block[1] = c1
    this.block[2] = c2
    this.block[3] = c3
    this.counter++
    this.used = 0
  }

  /** 32 random bits. */
  bits(): number {
    if (this.used === 4) this.refill()
    return this.block[this.used++]
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.bits() >>> 5
    const low = this.bits() >>> 6
    return (high * 67108864 + low) / 9007199254740992
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Standard normal, by Box-Muller; draws two and keeps one. */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const kept = this.spare
      this.spare = Number.NaN
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n)
  }

  /** Fisher-Yates, in place. */
  shuffle(items: Int32Array | Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = items[i]
      items[i] = items[j]
      items[j] = held
    }
  }
}
