/**
 * Dual encoders: two networks that put pictures and texts into one space, where what belongs together points the same
 * way (CLIP: Radford et al., 2021; SigLIP: Zhai et al., 2023).
 */
import { CarrotError } from '../core/errors.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { Port } from '../port.ts'
import { modelFolder } from './cache.ts'
import { type EncoderFacts, FRAME_CHANNELS } from './encoder.ts'
import type { EncoderRequest, EncoderSetup } from './encoderWorker.ts'
import { type FolderOptions, type ModelFolder, readModelFolder } from './folder.ts'
import type { Refusal } from './openNetwork.ts'
import { wordsOutside } from './words.ts'

export interface DualEncoder {
  readonly id: string
  readonly folder: string
  /** Pixels of a side of what it sees: frames of this size are not resampled. */
  readonly imageSize: number
  /** Length of an embedding. */
  readonly width: number
  /** Where it runs, and where it could not. */
  readonly provider: string
  readonly refused: readonly Refusal[]
  /** Words of a text that it was not made for; none where it may be asked anything. */
  unknownWords(text: string): readonly string[]
  /** [texts, width], each of length 1. */
  encodeTexts(texts: readonly string[]): Promise<Float32Array>
  /**
   * `frames` [count, height, width, 4], row 0 on top, the fourth byte not looked at. Those in a SharedArrayBuffer are
   * not copied, and must stay as they are until this resolves. Gives [count, width of an embedding], each of length 1.
   */
  encodeImages(frames: Uint8Array, count: number, width: number, height: number): Promise<Float32Array>
  /** Ends its worker; what is still being encoded is lost. */
  [Symbol.dispose](): void
}

export interface EncoderOptions extends FolderOptions {
  /** Threads of one network; 1 by default, for the other cores have environments to step. */
  readonly threads?: number
  /** onnxruntime's execution providers in the order in which they are tried; the CPU alone by default. */
  readonly providers?: readonly string[]
}

/**
 * Loads a dual encoder from a folder, or by its id from the cache that `carrot models pull` fills; without either, the
 * one that comes with carrot. Throws CarrotError 'unknown-name', 'bad-file' or 'unsupported'.
 */
export async function loadDualEncoder(
  idOrFolder: string = EMBEDDED_MODEL,
  options: EncoderOptions = {},
): Promise<DualEncoder> {
  const { id, folder } = modelFolder(idOrFolder)
  const model = readModelFolder(folder, id, options)
  const { threads = 1, providers = ['cpu'] } = options
  const setup: EncoderSetup = { model, network: { threads, providers } }
  const port = new Port('./encoderWorker', import.meta.url, setup)
  try {
    const facts = await port.call<EncoderFacts>({ type: 'facts' } satisfies EncoderRequest)
    return new WorkerEncoder(model, facts, port)
  } catch (error) {
    await port[Symbol.asyncDispose]()
    throw error
  }
}

class WorkerEncoder implements DualEncoder {
  readonly id: string
  readonly folder: string
  readonly imageSize: number
  readonly width: number
  readonly provider: string
  readonly refused: readonly Refusal[]
  private readonly lexicon: ReadonlySet<string> | undefined
  private readonly port: Port
  private disposed = false

  constructor(
    { id, folder, image, lexicon }: ModelFolder,
    { width, provider, refused }: EncoderFacts,
    port: Port,
  ) {
    this.id = id
    this.folder = folder
    this.imageSize = image.side
    this.width = width
    this.provider = provider
    this.refused = refused
    this.lexicon = lexicon && new Set(lexicon)
    this.port = port
  }

  unknownWords(text: string): readonly string[] {
    return this.lexicon === undefined ? [] : wordsOutside(this.lexicon, text)
  }

  async encodeTexts(texts: readonly string[]): Promise<Float32Array> {
    this.checkOpen()
    return this.port.call({ type: 'texts', texts } satisfies EncoderRequest)
  }

  async encodeImages(
    frames: Uint8Array,
    count: number,
    width: number,
    height: number,
  ): Promise<Float32Array> {
    this.checkOpen()
    const expected = count * width * height * FRAME_CHANNELS
    if (frames.length !== expected) {
      throw new CarrotError(
        'bad-argument',
        `${frames.length} bytes were given for ${count} frames of ${width} × ${height} pixels.`,
        `Give ${FRAME_CHANNELS} bytes a pixel, ${expected} in all.`,
      )
    }
    if (count === 0) return new Float32Array()
    const request = { type: 'images', count, width, height } as const
    if (frames.buffer instanceof SharedArrayBuffer) return this.port.call({ ...request, frames })
    // A copy of these bytes alone: posting a view would copy all that it is a view of.
    const own = frames.slice()
    return this.port.call({ ...request, frames: own } satisfies EncoderRequest, [own.buffer])
  }

  [Symbol.dispose](): void {
    if (this.disposed) return
    this.disposed = true
    const end = () => void this.port[Symbol.asyncDispose]()
    this.port.call({ type: 'close' } satisfies EncoderRequest).then(end, end)
  }

  private checkOpen(): void {
    if (!this.disposed) return
    throw new CarrotError(
      'protocol-misuse',
      `The dual encoder ${this.id} was asked after it was disposed.`,
      'Load it again, or dispose it later.',
    )
  }
}
