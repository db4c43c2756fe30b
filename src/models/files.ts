/** The files of a dual encoder, in the layout of Hugging Face and transformers.js. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { onnxModel } from '../graph/onnx.ts'
import { wordsOf } from './captions.ts'
import { EMBEDDING, IMAGE_SIZE, TEXT_LENGTH, textGraph, visionGraph } from './network.ts'
import { SCENES } from './statements/index.ts'
import { PAD, UNKNOWN } from './tokenizer.ts'
import type { Trained } from './training.ts'

/** Writes all but the model card into a folder. */
export function writeModel(folder: string, { net, tokenizer, params }: Trained): void {
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  const json = (name: string, value: object) =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
  json('config.json', {
    model_type: EMBEDDED_MODEL,
    projection_dim: EMBEDDING,
    text_config: {
      max_position_embeddings: TEXT_LENGTH,
      vocab_size: tokenizer.vocabulary.length,
      pad_token_id: 0,
    },
    vision_config: { image_size: IMAGE_SIZE },
  })
  json('preprocessor_config.json', {
    do_resize: true,
    size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
    resample: 3,
    do_center_crop: false,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  })
  json('tokenizer.json', tokenizer.file())
  json('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    model_max_length: TEXT_LENGTH,
    pad_token: PAD,
    unk_token: UNKNOWN,
    padding: 'max_length',
  })
  json('lexicon.json', wordsOf(SCENES))
  const onnx = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, 'onnx', name), bytes)
  onnx('vision_model.onnx', onnxModel(visionGraph(net, params), { batchAxis: 'batch' }))
  onnx('text_model.onnx', onnxModel(textGraph(net, params), { batchAxis: 'batch', integers: ['input_ids'] }))
}
