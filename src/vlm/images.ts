/** Frames to the numbers that a vision network takes, as its preprocessor_config.json says. */
import { z } from 'zod'
import { CarrotError } from '../core/errors.ts'
import { type Filter, type Picture, Resampler } from './resample.ts'

/** 'squash' stretches a frame to the square that a network sees; 'crop' cuts off what is too long, from both ends. */
export type Resize = 'squash' | 'crop'

/** What is done to a frame. */
export interface ImageRecipe {
  /** Pixels of a side of what the network sees. */
  readonly side: number
  readonly resize: Resize
  /** With 'crop': pixels that the shorter edge gets before cutting. */
  readonly shorter: number
  readonly filter: Filter
  /** Brightness 0…255 is multiplied by this, */
  readonly scale: number
  /** less this, by channel, */
  readonly mean: readonly number[]
  /** and divided by this. */
  readonly deviation: readonly number[]
}

const pixels = z.number().int().positive()
const box = z.object({ height: pixels, width: pixels })
const channels = z.array(z.number()).length(3)

const preprocessorSchema = z.object({
  do_resize: z.boolean().optional(),
  size: z.union([pixels, box, z.object({ shortest_edge: pixels })]).optional(),
  /** As Pillow numbers filters. */
  resample: z.number().int().optional(),
  do_center_crop: z.boolean().optional(),
  crop_size: z.union([pixels, box]).optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  do_normalize: z.boolean().optional(),
  image_mean: channels.optional(),
  image_std: channels.optional(),
})
type Preprocessor = z.infer<typeof preprocessorSchema>

const FILTERS: Readonly<Record<number, Filter>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' }
const BICUBIC = 3

/** Reads a preprocessor_config.json. Throws CarrotError 'bad-file' naming `file`. */
export function imageRecipe(json: unknown, file: string, resize?: Resize): ImageRecipe {
  const refuse = (what: string): CarrotError =>
    new CarrotError(
      'bad-file',
      `${file} cannot be used: ${what}.`,
      'Compare it with that of another model of its family.',
    )
  const parsed = preprocessorSchema.safeParse(json)
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues
    throw refuse(`${path.join('.')}: ${message}`)
  }
  const config = parsed.data
  const filter = FILTERS[config.resample ?? BICUBIC]
  if (filter === undefined) throw refuse(`resample ${config.resample} is none of ${Object.keys(FILTERS)}`)
  const { do_normalize = true, image_mean, image_std } = config
  if (do_normalize && (image_mean === undefined || image_std === undefined)) {
    throw refuse('it normalizes without image_mean and image_std')
  }
  const { side, shorter, how } = geometry(config, refuse)
  return {
    side,
    resize: resize ?? how,
    shorter,
    filter,
    scale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
    mean: do_normalize ? image_mean! : [0, 0, 0],
    deviation: do_normalize ? image_std! : [1, 1, 1],
  }
}

function geometry(
  { size, crop_size, do_center_crop }: Preprocessor,
  refuse: (what: string) => CarrotError,
): { side: number; shorter: number; how: Resize } {
  const crops = do_center_crop ?? crop_size !== undefined
  const sideOf = (of: Preprocessor['crop_size']): number | undefined => {
    if (of === undefined || typeof of === 'number') return of
    if (of.height !== of.width) throw refuse(`pictures of ${of.width} × ${of.height} are not square`)
    return of.height
  }
  const exact = typeof size === 'object' && 'shortest_edge' in size ? undefined : size
  const shortest = typeof size === 'object' && 'shortest_edge' in size ? size.shortest_edge : undefined
  const side = (crops ? sideOf(crop_size) : undefined) ?? sideOf(exact) ?? shortest
  if (side === undefined) throw refuse('it states no size')
  // A bare number is the shorter edge where something is cut off afterwards, and a square elsewhere.
  const edge = shortest ?? (crops && typeof size === 'number' ? size : undefined)
  if (edge !== undefined && edge < side) throw refuse(`it cuts ${side} pixels out of ${edge}`)
  return { side, shorter: edge ?? side, how: edge === undefined ? 'squash' : 'crop' }
}

/** Frames of one size to what a network takes. */
export class FrameReader {
  private readonly resampler: Resampler
  private readonly frame: { readonly width: number; readonly height: number; readonly channels: number }
  private readonly side: number
  /** Of the resized frame, pixels left of and above what is kept. */
  private readonly left: number
  private readonly top: number
  /** [3, 256] value of every byte, by channel. */
  private readonly values: Float32Array

  constructor(
    recipe: ImageRecipe,
    frame: { readonly width: number; readonly height: number; readonly channels: number },
  ) {
    const { side } = recipe
    const size = resized(recipe, frame)
    this.frame = frame
    this.side = side
    this.resampler = new Resampler(frame, size, recipe.filter)
    this.left = Math.floor((size.width - side) / 2)
    this.top = Math.floor((size.height - side) / 2)
    this.values = valuesOf(recipe)
  }

  /** One frame [height, width, channels] into `out` [3, side, side] from `at`. */
  read(bytes: Uint8Array, out: Float32Array, at = 0): void {
    const { side, values, left, top } = this
    const picture: Picture = this.resampler.resize({ bytes, ...this.frame })
    const { channels, width } = picture
    const plane = side * side
    let o = at
    for (let y = 0; y < side; y++) {
      let i = ((y + top) * width + left) * channels
      for (let x = 0; x < side; x++, i += channels, o++) {
        out[o] = values[picture.bytes[i]]
        out[o + plane] = values[256 + picture.bytes[i + 1]]
        out[o + 2 * plane] = values[512 + picture.bytes[i + 2]]
      }
    }
  }
}

/** Size a frame gets before cutting; the longer edge is rounded down, as torchvision and transformers do. */
function resized(
  { resize, side, shorter }: ImageRecipe,
  { width, height }: { readonly width: number; readonly height: number },
): { width: number; height: number } {
  if (resize === 'squash') return { width: side, height: side }
  const longer = Math.trunc((shorter * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: shorter, height: longer } : { width: longer, height: shorter }
}

function valuesOf({ scale, mean, deviation }: ImageRecipe): Float32Array {
  const values = new Float32Array(3 * 256)
  for (let channel = 0; channel < 3; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      values[channel * 256 + byte] = (Math.fround(byte * scale) - mean[channel]) / deviation[channel]
    }
  }
  return values
}
