/** A dual encoder on the calling thread, which it blocks while a network runs; `loadDualEncoder` puts it in a worker. */
import { CarrotError } from '../core/errors.ts'
import type { ModelFolder } from './folder.ts'
import { FrameReader } from './images.ts'
import type { Numbers } from './network.ts'
import { type NetworkOptions, openNetwork, type Refusal } from './openNetwork.ts'
import { TextReader, type Tokens } from './texts.ts'
import { type Feeds, fixedSize, Tower } from './tower.ts'

/** Bytes of a pixel as renderers give it: red, green, blue, and one that is not looked at. */
export const FRAME_CHANNELS = 4

export interface EncoderFacts {
  /** Length of an embedding. */
  readonly width: number
  readonly provider: string
  readonly refused: readonly Refusal[]
}

export class LocalEncoder {
  readonly facts: EncoderFacts
  private readonly model: ModelFolder
  private readonly vision: Tower
  private readonly text: Tower
  private readonly texts: TextReader
  private reader:
    | { readonly width: number; readonly height: number; readonly frames: FrameReader }
    | undefined

  private constructor(
    model: ModelFolder,
    vision: Tower,
    text: Tower,
    texts: TextReader,
    facts: EncoderFacts,
  ) {
    this.model = model
    this.vision = vision
    this.text = text
    this.texts = texts
    this.facts = facts
  }

  /** Loads both networks and runs them once, so that what does not fit is told now. Throws CarrotError. */
  static async open(model: ModelFolder, options: NetworkOptions): Promise<LocalEncoder> {
    const { files, image, precision } = model
    const opened = await openNetwork(files.vision, options)
    const other = files.text === files.vision ? opened : await openNetwork(files.text, options)
    const vision = new Tower('vision', opened.network, precision.vision)
    const text = new Tower('text', other.network, precision.text)
    checkSide(model, vision)
    const texts = new TextReader(model, fixedSize(text.input('input_ids'), 1))
    // A network that holds both halves wants something for the other one, too.
    const word = (rows: number) => tokenFeeds(texts.read(Array(rows).fill('a')))
    const picture = (rows: number) => ({ pixel_values: blank(rows, image.side) })
    vision.fill(word(vision.fixed ?? 1))
    text.fill(picture(text.fixed ?? 1))
    const seen = await widthOf(vision, picture)
    const read = await widthOf(text, word)
    if (seen !== read) {
      throw new CarrotError(
        'bad-file',
        `${files.vision} makes embeddings of ${seen} numbers, and ${files.text} of ${read}.`,
        'Both networks must be of one model: fetch them together.',
      )
    }
    const { provider, refused } = opened
    return new LocalEncoder(model, vision, text, texts, { width: seen, provider, refused })
  }

  /** [texts, width] of unit length. */
  async encodeTexts(texts: readonly string[]): Promise<Float32Array<ArrayBuffer>> {
    const out = new Float32Array(texts.length * this.facts.width)
    const { batch, fixed } = this.text
    for (let i = 0; i < texts.length; i += batch) {
      const part = texts.slice(i, i + batch)
      const asked = fixed === undefined ? part : padded(part, fixed, '')
      const embeddings = await this.text.encode(tokenFeeds(this.texts.read(asked)), asked.length)
      out.set(embeddings.subarray(0, part.length * this.facts.width), i * this.facts.width)
    }
    return out
  }

  /** `frames` [count, height, width, 4]; [count, width of an embedding] of unit length. */
  async encodeImages(
    frames: Uint8Array,
    count: number,
    width: number,
    height: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { side } = this.model.image
    const out = new Float32Array(count * this.facts.width)
    const reader = this.readerOf(width, height)
    const frame = width * height * FRAME_CHANNELS
    const size = 3 * side * side
    const { batch, fixed } = this.vision
    const pixels = new Float32Array((fixed ?? Math.min(batch, count)) * size)
    for (let i = 0; i < count; i += batch) {
      const here = Math.min(batch, count - i)
      for (let k = 0; k < here; k++) {
        reader.read(frames.subarray((i + k) * frame, (i + k + 1) * frame), pixels, k * size)
      }
      const rows = fixed ?? here
      const feeds = { pixel_values: { data: pixels.subarray(0, rows * size), shape: [rows, 3, side, side] } }
      const embeddings = await this.vision.encode(feeds, rows)
      out.set(embeddings.subarray(0, here * this.facts.width), i * this.facts.width)
    }
    return out
  }

  async close(): Promise<void> {
    await this.vision.network.close()
    if (this.text.network !== this.vision.network) await this.text.network.close()
  }

  private readerOf(width: number, height: number): FrameReader {
    if (this.reader?.width !== width || this.reader.height !== height) {
      const frames = new FrameReader(this.model.image, { width, height, channels: FRAME_CHANNELS })
      this.reader = { width, height, frames }
    }
    return this.reader.frames
  }
}

/** Length of the embeddings of a half, from a trial. */
async function widthOf(tower: Tower, feeds: (rows: number) => Feeds): Promise<number> {
  const rows = tower.fixed ?? 1
  return (await tower.encode(feeds(rows), rows)).length / rows
}

function checkSide({ folder, image, files }: ModelFolder, vision: Tower): void {
  const input = vision.input('pixel_values')
  const sizes = [1, 2, 3].map(axis => fixedSize(input, axis))
  if ([3, image.side, image.side].every((size, i) => (sizes[i] ?? size) === size)) return
  throw new CarrotError(
    'bad-file',
    `${files.vision} takes pictures of the shape [${sizes.map(size => size ?? '?')}], and preprocessor_config.json makes [3,${image.side},${image.side}].`,
    `The files in ${folder} must be of one model: fetch them together.`,
  )
}

const blank = (rows: number, side: number): Numbers => ({
  data: new Float32Array(rows * 3 * side * side),
  shape: [rows, 3, side, side],
})

function tokenFeeds({ count, length, ids, mask }: Tokens): Feeds {
  const shape = [count, length]
  return {
    input_ids: { data: ids, shape },
    attention_mask: { data: mask, shape },
    token_type_ids: { data: new Int32Array(ids.length), shape },
  }
}

const padded = (texts: readonly string[], count: number, filler: string): string[] =>
  Array.from({ length: count }, (_, i) => texts[i] ?? filler)
