/**
 * The folder of a dual encoder, laid out as Hugging Face's libraries do:
 *
 *   config.json                     family (model_type), longest text
 *   preprocessor_config.json        how a picture becomes numbers
 *   tokenizer.json                  how a text becomes numbers
 *   tokenizer_config.json           padding; optional
 *   onnx/vision_model<suffix>.onnx  pixel_values [n, 3, side, side] → image_embeds [n, E]
 *   onnx/text_model<suffix>.onnx    input_ids [n, T] → text_embeds [n, E]
 *   onnx/model<suffix>.onnx         or both in one
 *   lexicon.json                    the words it knows, where these are not all; ours
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { CarrotError } from '../core/errors.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { type ImageRecipe, imageRecipe, type Resize } from './images.ts'
import { PRECISIONS, type Precision } from './precision.ts'

/** How texts are fed. */
export interface TextRecipe {
  /** Numbers of a text, at most. */
  readonly longest: number
  /** Fill every text up to `longest`, and not just to the longest of a batch. */
  readonly full: boolean
  /** Number that fills texts up, where the tokenizer's files name none. */
  readonly pad: number | undefined
  readonly lowercase: boolean
}

/** All that is known of a model before its networks are loaded. */
export interface ModelFolder {
  readonly id: string
  readonly folder: string
  readonly family: string
  readonly image: ImageRecipe
  readonly text: TextRecipe
  /** The same file for both where a model comes in one piece. */
  readonly files: { readonly vision: string; readonly text: string }
  readonly precision: { readonly vision: Precision; readonly text: Precision }
  /** Words it understands, in lower case; undefined where it may be asked anything. */
  readonly lexicon: readonly string[] | undefined
}

export interface FolderOptions {
  /** By default each network in the most exact form there is. */
  readonly precision?: Precision
  /** Instead of what preprocessor_config.json says. */
  readonly resize?: Resize
}

/**
 * What is said of texts where config.json leaves it out, as it does for values that are the default. SigLIP reads the
 * last place, and was never shown texts that were not filled up.
 */
const FAMILIES: Readonly<Record<string, { readonly longest: number; readonly full: boolean }>> = {
  clip: { longest: 77, full: false },
  chinese_clip: { longest: 512, full: false },
  metaclip_2: { longest: 77, full: false },
  mobileclip: { longest: 77, full: false },
  siglip: { longest: 64, full: true },
  siglip2: { longest: 64, full: true },
  [EMBEDDED_MODEL]: { longest: 32, full: true },
}

const configSchema = z.object({
  model_type: z.string(),
  text_config: z
    .object({
      max_position_embeddings: z.number().int().positive().optional(),
      pad_token_id: z.number().int().nonnegative().nullish(),
    })
    .optional(),
})

const tokenizerConfigSchema = z.object({
  tokenizer_class: z.string().optional(),
  // Huge where nobody set it.
  model_max_length: z.number().positive().optional(),
})

const lexiconSchema = z.array(z.string().min(1)).min(1)

/** Reads and checks what a folder holds. Throws CarrotError 'bad-file' naming the file. */
export function readModelFolder(folder: string, id = folder, options: FolderOptions = {}): ModelFolder {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new CarrotError(
      'bad-file',
      `There is no folder ${folder}.`,
      'Give the folder of a dual encoder, with its config.json in it.',
    )
  }
  const config = readJson(folder, 'config.json', configSchema)
  const family = FAMILIES[config.model_type]
  if (family === undefined) throw unknownFamily(join(folder, 'config.json'), config.model_type)
  const preprocessor = 'preprocessor_config.json'
  needed(folder, 'tokenizer.json')
  const tokenizer = readJsonIfThere(folder, 'tokenizer_config.json', tokenizerConfigSchema) ?? {}
  const { vision, text } = networks(folder, options.precision)
  const stated = tokenizer.model_max_length ?? Infinity
  return {
    id,
    folder,
    family: config.model_type,
    image: imageRecipe(
      readJson(folder, preprocessor, z.unknown()),
      join(folder, preprocessor),
      options.resize,
    ),
    text: {
      longest: config.text_config?.max_position_embeddings ?? (stated < 1e5 ? stated : family.longest),
      full: family.full,
      pad: config.text_config?.pad_token_id ?? undefined,
      // SigLIP 2 was trained on lower case, which its tokenizer, Gemma's, does not see to.
      lowercase: /^siglip/.test(config.model_type) && /Gemma|Siglip2/.test(tokenizer.tokenizer_class ?? ''),
    },
    files: { vision: vision.file, text: text.file },
    precision: { vision: vision.precision, text: text.precision },
    lexicon: readJsonIfThere(folder, 'lexicon.json', lexiconSchema),
  }
}

function unknownFamily(file: string, type: string): CarrotError {
  const half = /^(clip|siglip2?|metaclip_2|chinese_clip)_(vision|text)_model/.test(type)
  return new CarrotError(
    'bad-file',
    `${file} says model_type "${type}", which is ${half ? 'one half of a dual encoder' : 'no dual encoder of pictures and texts that is known here'}.`,
    `Give a folder whose model_type is one of ${Object.keys(FAMILIES).join(', ')}.`,
  )
}

/** A file that a folder must have. */
function needed(folder: string, name: string): string {
  const file = join(folder, name)
  if (existsSync(file)) return file
  throw new CarrotError(
    'bad-file',
    `The model folder ${folder} has no ${name}.`,
    'Give a folder in the layout of Hugging Face: config.json, preprocessor_config.json, tokenizer.json, and onnx/vision_model.onnx with onnx/text_model.onnx, or onnx/model.onnx.',
  )
}

/** Parses a JSON file that the folder may lack. */
export const readJsonIfThere = <Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
): z.output<Schema> | undefined =>
  existsSync(join(folder, name)) ? readJson(folder, name, schema) : undefined

/** Parses a JSON file of the folder. */
export function readJson<Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
): z.output<Schema> {
  const file = needed(folder, name)
  const text = readFileSync(file, 'utf8')
  refusePointer(file, text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new CarrotError(
      'bad-file',
      `${file} is not JSON: ${(error as Error).message}.`,
      'Fetch it again; it may have been cut off.',
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [{ path, message }] = parsed.error.issues
  throw new CarrotError(
    'bad-file',
    `${file} cannot be used: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}.`,
    'Fetch it again, or compare it with that of another model of its family.',
  )
}

/** Git leaves a few lines of text where it was not asked for large files. */
function refusePointer(file: string, start: string): void {
  if (!start.startsWith('version https://git-lfs')) return
  throw new CarrotError(
    'bad-file',
    `${file} is not the file itself, but what Git keeps in its place.`,
    'Run git lfs pull in that folder.',
  )
}

interface Network {
  readonly file: string
  readonly precision: Precision
}

/** The networks of both halves, or the one that holds both. */
function networks(folder: string, precision?: Precision): { vision: Network; text: Network } {
  const asked = precision === undefined ? (Object.keys(PRECISIONS) as Precision[]) : [precision]
  const find = (name: string): Network | undefined =>
    asked
      .flatMap(precision =>
        ['onnx', '.'].map(place => ({
          file: join(folder, place, `${name}${PRECISIONS[precision]}.onnx`),
          precision,
        })),
      )
      .find(({ file }) => existsSync(file))
  const vision = find('vision_model')
  const text = find('text_model')
  const joint = find('model')
  const found = vision && text ? { vision, text } : joint && { vision: joint, text: joint }
  if (found === undefined) throw noNetworks(folder, precision, vision, text)
  for (const { file } of [found.vision, found.text]) refusePointer(file, readFileStart(file))
  return found
}

function readFileStart(file: string): string {
  return statSync(file).size < 1000 ? readFileSync(file, 'latin1') : ''
}

function noNetworks(folder: string, precision?: Precision, vision?: Network, text?: Network): CarrotError {
  const half = vision ?? text
  const ending = precision === undefined ? '' : PRECISIONS[precision]
  const lacks =
    half === undefined
      ? `neither onnx/vision_model${ending}.onnx with onnx/text_model${ending}.onnx nor onnx/model${ending}.onnx`
      : `onnx/${basename(half.file)}, but no ${vision === undefined ? 'vision_model' : 'text_model'}${ending}.onnx beside it`
  return new CarrotError(
    'bad-file',
    `The model folder ${folder} has ${lacks}.`,
    precision === undefined
      ? 'Export the model to ONNX (optimum-cli export onnx does), or take a repository that comes with an onnx folder.'
      : `Ask for another precision (${Object.keys(PRECISIONS).join(', ')}), or for none: the most exact one is taken then.`,
  )
}
