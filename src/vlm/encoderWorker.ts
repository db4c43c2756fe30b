/** The worker of a dual encoder: a network blocks the thread it runs on. */
import { workerData } from 'node:worker_threads'
import { answer, Moved } from '../answer.ts'
import { LocalEncoder } from './encoder.ts'
import type { ModelFolder } from './folder.ts'
import type { NetworkOptions } from './openNetwork.ts'

export interface EncoderSetup {
  readonly model: ModelFolder
  readonly network: NetworkOptions
}

export type EncoderRequest =
  /** Resolves to EncoderFacts once the networks are loaded. */
  | { readonly type: 'facts' }
  /** Resolve to embeddings. */
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  | {
      readonly type: 'images'
      readonly frames: Uint8Array
      readonly count: number
      readonly width: number
      readonly height: number
    }
  /** Frees the networks; the last request. */
  | { readonly type: 'close' }

const moved = (embeddings: Float32Array<ArrayBuffer>) => new Moved(embeddings, [embeddings.buffer])

answer(
  () => {
    const { model, network } = workerData as EncoderSetup
    return LocalEncoder.open(model, network)
  },
  async (encoder, request: EncoderRequest) => {
    switch (request.type) {
      case 'facts':
        return encoder.facts
      case 'texts':
        return moved(await encoder.encodeTexts(request.texts))
      case 'images':
        return moved(await encoder.encodeImages(request.frames, request.count, request.width, request.height))
      case 'close':
        return encoder.close()
    }
  },
)
