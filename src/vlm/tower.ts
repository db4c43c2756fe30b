/** One half of a dual encoder: a network, and which of its outputs holds the embeddings. */
import { CarrotError } from '../core/errors.ts'
import type { Network, Numbers, ValueInfo } from './network.ts'
import type { Precision } from './precision.ts'

/** Numbers for a network's inputs, by name. */
export type Feeds = Readonly<Record<string, Numbers>>

/** Rows that go through a network at once, where it takes any number: more cost memory and gain little. */
const BATCH = 16

/**
 * Networks of 8-bit weights round what flows through them by the largest number of all rows. They get one row at a time
 * (a fifth slower), so that an embedding does not depend on which others were asked for with it.
 */
const ALONE: readonly Precision[] = ['q8', 'int8', 'uint8']

/** Outputs that hold embeddings, the likeliest first: SigLIP's networks name them as its towers do. */
const EMBEDDINGS = {
  vision: ['image_embeds', 'pooler_output'],
  text: ['text_embeds', 'pooler_output'],
} as const

const TOKEN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids']

export class Tower {
  readonly network: Network
  /** Rows it takes, where it takes no other number. */
  readonly fixed: number | undefined
  /** Rows it is given at once, at most. */
  readonly batch: number
  private readonly kind: 'vision' | 'text'
  private readonly output: string
  private spare: Feeds = {}

  constructor(kind: 'vision' | 'text', network: Network, precision: Precision) {
    this.kind = kind
    this.network = network
    this.output = outputOf(kind, network)
    this.fixed = fixedSize(this.input(kind === 'vision' ? 'pixel_values' : 'input_ids'), 0)
    this.batch = this.fixed ?? (ALONE.includes(precision) ? 1 : BATCH)
  }

  input(name: string): ValueInfo {
    const found = this.network.inputs.find(input => input.name === name)
    if (found !== undefined) return found
    throw new CarrotError(
      'bad-file',
      `${this.network.file} takes ${namesOf(this.network.inputs)}, and no ${name}.`,
      `A ${this.kind} network takes ${name}; export the model again, for feature extraction.`,
    )
  }

  /** What inputs of the other half are given. Throws CarrotError 'bad-file' for inputs that nobody knows. */
  fill(spare: Feeds): void {
    this.spare = spare
    const own = this.kind === 'vision' ? ['pixel_values'] : TOKEN_INPUTS
    const unknown = this.network.inputs.find(({ name }) => !own.includes(name) && !(name in spare))
    if (unknown === undefined) return
    throw new CarrotError(
      'bad-file',
      `${this.network.file} takes ${unknown.name}, and what that should be is not known here.`,
      'Pictures of varying size (NaFlex) cannot be used; take a model of one picture size, exported for feature extraction.',
    )
  }

  /** [rows, width] of unit length. */
  async encode(feeds: Feeds, rows: number): Promise<Float32Array> {
    const { data, shape } = await this.network.run({ ...this.spare, ...feeds }, this.output)
    if (shape.length !== 2 || shape[0] !== rows) {
      throw new CarrotError(
        'bad-file',
        `${this.network.file} gives ${this.output} of shape [${shape}] for ${rows} rows.`,
        'Embeddings have the shape [rows, width]; export the model again, for feature extraction.',
      )
    }
    return normalized(data, shape[1], this.network.file)
  }
}

function outputOf(kind: 'vision' | 'text', { file, outputs }: Network): string {
  const known = EMBEDDINGS[kind].find(name => outputs.some(output => output.name === name))
  // The only output of the right rank can be nothing else, whatever an exporter called it.
  const flat = outputs.filter(({ shape }) => shape.length === 2)
  const name = known ?? (flat.length === 1 ? flat[0].name : undefined)
  if (name !== undefined) return name
  throw new CarrotError(
    'bad-file',
    `${file} gives ${namesOf(outputs)}, none of which is ${EMBEDDINGS[kind].join(' or ')}.`,
    'Export the model again, for feature extraction, with its projection.',
  )
}

const namesOf = (ports: readonly ValueInfo[]): string => ports.map(({ name }) => name).join(', ') || 'nothing'

/** A size that a network fixes; onnxruntime gives those that may vary by name, or as less than 1. */
export function fixedSize({ shape }: ValueInfo, axis: number): number | undefined {
  const size = shape[axis]
  return typeof size === 'number' && size > 0 ? size : undefined
}

/** Exports give embeddings of any length; what is compared are directions. One of length 0 has none, and stays. In place. */
function normalized(embeddings: Float32Array, width: number, file: string): Float32Array {
  for (let start = 0; start < embeddings.length; start += width) {
    let sum = 0
    for (let i = start; i < start + width; i++) sum += embeddings[i] * embeddings[i]
    const length = Math.sqrt(sum)
    if (length === 0) continue
    if (!(length < Infinity)) {
      throw new CarrotError(
        'bad-model',
        `${file} gave an embedding of length ${length}.`,
        'Its weights may be damaged: fetch it again, or try another precision.',
      )
    }
    for (let i = start; i < start + width; i++) embeddings[i] /= length
  }
  return embeddings
}
