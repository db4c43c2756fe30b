/** The two towers at work on pictures and texts, before there are any files. */
import type { Executor, Session } from '../graph/executor.ts'
import { EMBEDDING, IMAGE_SIZE, TEXT_LENGTH, type Towers, textGraph, visionGraph } from './network.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A model that is trained, or in training. */
export interface Encoder {
  readonly net: Towers
  readonly params: Float32Array
  readonly tokenizer: Tokenizer
}

const BATCH = 64
const NUMBERS = 3 * IMAGE_SIZE * IMAGE_SIZE

/** The vision tower with fixed parameters. */
export async function openEye(net: Towers, params: Float32Array, executor: Executor): Promise<Eye> {
  return new Eye(await executor.compile(visionGraph(net, params, BATCH)))
}

export class Eye implements Disposable {
  private readonly session: Session

  constructor(session: Session) {
    this.session = session
  }

  /** Pictures [count, 3, 80, 80] → [count, E], unit length. */
  async encode(pixels: Uint8Array): Promise<Float32Array> {
    const { session } = this
    const count = pixels.length / NUMBERS
    const out = new Float32Array(count * EMBEDDING)
    for (let from = 0; from < count; from += BATCH) {
      const input = session.input('pixel_values')
      const part = pixels.subarray(from * NUMBERS, (from + BATCH) * NUMBERS)
      for (let i = 0; i < part.length; i++) input[i] = part[i] / 127.5 - 1
      await session.run()
      const rows = Math.min(BATCH, count - from)
      out.set(session.output('image_embeds').subarray(0, rows * EMBEDDING), from * EMBEDDING)
    }
    return out
  }

  [Symbol.dispose](): void {
    this.session[Symbol.dispose]()
  }
}

/** Pictures [count, 3, 80, 80] → [count, E], unit length. */
export async function encodePictures(
  net: Towers,
  params: Float32Array,
  pixels: Uint8Array,
  executor: Executor,
): Promise<Float32Array> {
  using eye = await openEye(net, params, executor)
  return await eye.encode(pixels)
}

/** → [texts, E], unit length. */
export async function encodeTexts(
  net: Towers,
  params: Float32Array,
  tokenizer: Tokenizer,
  texts: readonly string[],
  executor: Executor,
): Promise<Float32Array> {
  using session = await executor.compile(textGraph(net, params, BATCH))
  const out = new Float32Array(texts.length * EMBEDDING)
  for (let from = 0; from < texts.length; from += BATCH) {
    const part = texts.slice(from, from + BATCH)
    part.forEach((text, i) => {
      tokenizer.encode(text, session.input('input_ids'), i * TEXT_LENGTH)
    })
    await session.run()
    out.set(session.output('text_embeds').subarray(0, part.length * EMBEDDING), from * EMBEDDING)
  }
  return out
}

/** Cosine of row i of one and row j of the other, both of unit length. */
export function cosine(a: Float32Array, i: number, b: Float32Array, j: number): number {
  let sum = 0
  for (let k = 0; k < EMBEDDING; k++) sum += a[i * EMBEDDING + k] * b[j * EMBEDDING + k]
  return sum
}
