/**
 * Folders of dual encoders as exporters write them, whose embeddings can be worked out by hand: a picture's is its mean
 * colour times COLOURS, a text's the sum of its words' rows in `rowOf`. Both are far from unit length.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OnnxFile, type Type } from './onnxFile.ts'

/** Length of an embedding. */
export const E = 4
/** [3, E] */
export const COLOURS = [
  [3, 0.5, 0, 1],
  [0, 2, 0.25, 1],
  [0.5, 0, 4, 1],
]
/** The row of a word's number. */
export const rowOf = (id: number, width = E): number[] =>
  Array.from({ length: width }, (_, e) => 2 + Math.sin(1.7 * id + 2.3 * e))

export interface ExportOptions {
  readonly layout: 'split' | 'joint'
  /** What outputs are called. */
  readonly outputs?: { readonly vision: string; readonly text: string }
  readonly suffix?: string
  /** Folder of the networks within the model's. */
  readonly place?: string
  /** Type of pixels and embeddings. */
  readonly floats?: 'float32' | 'float16'
  /** Weights of the vision network are whole numbers, and so is what they are multiplied by. */
  readonly int8?: boolean
  readonly ids?: Type
  /** Texts say which of their numbers count; else all do. */
  readonly mask?: boolean
  readonly side: number
  /** Of a text's embedding, where it is to be wrong. */
  readonly width?: number
  /** An input of the vision network that nobody knows. */
  readonly extra?: string
  /** Numbers of rows and of a text's numbers; may vary where not given. */
  readonly rows?: number
  readonly length?: number
  /** Words there are. */
  readonly vocabulary: number
  readonly json: Readonly<Record<string, unknown>>
}

/** Writes a model's folder; returns it. */
export function writeExport(folder: string, options: ExportOptions): string {
  const { layout, place = 'onnx', suffix = '', json } = options
  mkdirSync(join(folder, place), { recursive: true })
  for (const [name, content] of Object.entries(json)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const write = (name: string, ...parts: ((file: OnnxFile, options: ExportOptions) => void)[]) => {
    const file = new OnnxFile()
    for (const part of parts) part(file, options)
    writeFileSync(join(folder, place, `${name}${suffix}.onnx`), file.bytes())
  }
  if (layout === 'joint') write('model', textPart, visionPart)
  else {
    write('vision_model', visionPart)
    write('text_model', textPart)
  }
  return folder
}

function visionPart(file: OnnxFile, options: ExportOptions): void {
  const { side, floats = 'float32', rows = 'batch_size', outputs = { vision: 'image_embeds' } } = options
  const pixels = file.input('pixel_values', floats, [rows, 3, side, side])
  if (options.extra !== undefined) file.input(options.extra, 'int64', [rows, 2])
  const mean = file.node('Flatten', [file.node('GlobalAveragePool', [pixels])], { axis: 1 })
  const product = options.int8 === true ? wholeProduct(file, mean) : plainProduct(file, mean, floats)
  file.node('Identity', [product], {}, [outputs.vision])
  file.output(outputs.vision, floats, [rows, E])
}

const plainProduct = (file: OnnxFile, mean: string, floats: Type): string =>
  file.node('MatMul', [mean, file.weight([3, E], COLOURS.flat(), floats)])

/** As dynamic quantisation writes it; COLOURS are multiples of a quarter, and so exact. */
function wholeProduct(file: OnnxFile, mean: string): string {
  const [whole, scale, zero] = ['whole', 'scale', 'zero']
  file.node('DynamicQuantizeLinear', [mean], {}, [whole, scale, zero])
  const weights = file.weight(
    [3, E],
    COLOURS.flat().map(value => value * 4),
    'int8',
  )
  const sums = file.node('MatMulInteger', [whole, weights, zero])
  const factor = file.node('Mul', [scale, file.weight([], [0.25])])
  return file.node('Mul', [file.node('Cast', [sums], { to: 1 }), factor])
}

function textPart(file: OnnxFile, options: ExportOptions): void {
  const {
    vocabulary,
    floats = 'float32',
    ids = 'int64',
    mask = false,
    outputs = { text: 'text_embeds' },
  } = options
  const { rows = 'batch_size', length = 'sequence_length', width = E } = options
  const tokens = file.input('input_ids', ids, [rows, length])
  const table = Array.from({ length: vocabulary }, (_, id) => rowOf(id, width)).flat()
  let words = file.node('Gather', [file.weight([vocabulary, width], table, floats), tokens], { axis: 0 })
  if (mask) {
    const shown = file.input('attention_mask', ids, [rows, length])
    const factor = file.node('Cast', [shown], { to: floats === 'float16' ? 10 : 1 })
    const column = file.node('Unsqueeze', [factor, file.weight([1], [-1], 'int64')])
    words = file.node('Mul', [words, column])
  }
  file.node('ReduceSum', [words, file.weight([1], [1], 'int64')], { keepdims: 0 }, [outputs.text])
  file.output(outputs.text, floats, [rows, width])
}

/** The embedding of the texts' numbers: what a network makes of them, and unit length. */
export function textEmbedding(ids: readonly number[]): number[] {
  return unit(rowOf(0).map((_, e) => ids.reduce((sum, id) => sum + rowOf(id)[e], 0)))
}

/** Of a picture whose pixel values have these means. */
export function imageEmbedding(means: readonly number[]): number[] {
  return unit(
    rowOf(0).map((_, e) => means.reduce((sum, mean, channel) => sum + mean * COLOURS[channel][e], 0)),
  )
}

export function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return vector.map(value => value / length)
}
