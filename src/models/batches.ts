/** What one step of training looks at: pictures, captions, and how far each caption is true of each picture. */
import { clamp } from '../core/math.ts'
import type { Rng } from '../core/rng.ts'
import { captionOf } from './captions.ts'
import { type Frames, UNTOLD } from './frames.ts'
import { IMAGE_SIZE, type StepShape, TEXT_LENGTH } from './network.ts'
import type { Scene } from './statement.ts'
import { SCENES } from './statements/index.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Pictures of one scene, and how many of all that training looks at are of it. */
export interface Share {
  readonly frames: Frames
  readonly share: number
}

/** Weight of a question about another scene: such are many, and soon easy. */
const FOREIGN = 0.08
/** Of captions: those about something that is true of one of the pictures, mostly. */
const TRUE_SHARE = 0.6
/** Colours are varied: gains of all, and of each, and what is added. */
const GAIN = 0.15
const TINT = 0.06
const LIFT = 0.08
/** Pixels that a picture is moved by, at most. */
const SHIFT = 2

const NUMBERS = 3 * IMAGE_SIZE * IMAGE_SIZE

/** Arrays of the training graph's inputs. */
export interface StepInputs {
  readonly pixels: Float32Array
  readonly ids: Float32Array
  readonly said: Float32Array
  readonly degrees: Float32Array
  readonly weights: Float32Array
}

export class Batches {
  private readonly shares: Share[]
  private readonly tokenizer: Tokenizer
  private readonly rng: Rng
  private readonly shape: StepShape
  private total: number
  /** Of the pictures of this step: which frames, and which of them. */
  private readonly from: Frames[] = []
  private readonly index: Int32Array
  /** Place of each scene's first statement among all. */
  private readonly first = new Map<Scene, number>()
  private readonly statements: number

  constructor(shares: readonly Share[], tokenizer: Tokenizer, rng: Rng, shape: StepShape) {
    this.shares = [...shares]
    this.tokenizer = tokenizer
    this.rng = rng
    this.shape = shape
    this.total = shares.reduce((sum, { share }) => sum + share, 0)
    this.index = new Int32Array(shape.images)
    let count = 0
    for (const scene of SCENES) {
      this.first.set(scene, count)
      count += scene.statements.length
    }
    this.statements = count
  }

  /** More to look at from now on. */
  add(share: Share): void {
    this.shares.push(share)
    this.total += share.share
  }

  fill(inputs: StepInputs): void {
    for (let i = 0; i < this.shape.images; i++) {
      const frames = this.pickFrames()
      this.from[i] = frames
      this.index[i] = this.rng.below(frames.count)
      this.fillPixels(frames, this.index[i], inputs.pixels.subarray(i * NUMBERS, (i + 1) * NUMBERS))
    }
    for (let i = 0; i < this.shape.images; i++) this.fillDegrees(i, inputs)
    for (let t = 0; t < this.shape.texts; t++) {
      const image = this.rng.below(this.shape.images)
      const { scene } = this.from[image]
      const s = this.pickStatement(image)
      this.tokenizer.encode(captionOf(scene, scene.statements[s], this.rng), inputs.ids, t * TEXT_LENGTH)
      inputs.said[t] = this.first.get(scene)! + s
    }
  }

  private pickFrames(): Frames {
    let at = this.rng.uniform() * this.total
    for (const { frames, share } of this.shares) {
      at -= share
      if (at < 0) return frames
    }
    return this.shares[0].frames
  }

  /** Something that can be said of a picture: in proportion to its weight, and mostly to how true it is. */
  private pickStatement(image: number): number {
    const { scene, degrees } = this.from[image]
    const S = scene.statements.length
    const truly = this.rng.uniform() < TRUE_SHARE
    const weightOf = (s: number): number => {
      const degree = degrees[this.index[image] * S + s]
      const { weight = 1 } = scene.statements[s]
      return degree === UNTOLD ? 0 : weight * (truly ? degree / 254 : 1)
    }
    let total = 0
    for (let s = 0; s < S; s++) total += weightOf(s)
    let at = this.rng.uniform() * total
    for (let s = 0; s < S; s++) {
      at -= weightOf(s)
      if (at < 0) return s
    }
    return 0
  }

  /** Of all statements: those of other scenes are false. */
  private fillDegrees(image: number, { degrees, weights }: StepInputs): void {
    const { scene, degrees: known } = this.from[image]
    const at = image * this.statements
    const start = this.first.get(scene)!
    const S = scene.statements.length
    degrees.fill(0, at, at + this.statements)
    weights.fill(FOREIGN, at, at + this.statements)
    for (let s = 0; s < S; s++) {
      const degree = known[this.index[image] * S + s]
      degrees[at + start + s] = degree === UNTOLD ? 0 : degree / 254
      weights[at + start + s] = degree === UNTOLD ? 0 : Math.sqrt(scene.statements[s].weight ?? 1)
    }
  }

  private fillPixels({ pixels }: Frames, index: number, out: Float32Array): void {
    const { rng } = this
    const gain = 1 + rng.range(-GAIN, GAIN)
    const lift = rng.range(-LIFT, LIFT)
    const [dx, dy] = [rng.below(2 * SHIFT + 1) - SHIFT, rng.below(2 * SHIFT + 1) - SHIFT]
    const last = IMAGE_SIZE - 1
    for (let c = 0, i = 0; c < 3; c++) {
      const factor = (gain * (1 + rng.range(-TINT, TINT))) / 127.5
      for (let y = 0; y < IMAGE_SIZE; y++) {
        const from = index * NUMBERS + (c * IMAGE_SIZE + within(y + dy, last)) * IMAGE_SIZE
        for (let x = 0; x < IMAGE_SIZE; x++, i++)
          out[i] = pixels[from + within(x + dx, last)] * factor - 1 + lift
      }
    }
  }
}

const within = (i: number, last: number): number => clamp(i, 0, last)
