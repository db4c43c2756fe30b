/** The json files of a model of each family, as their exports have them but for sizes. */
import { clipTokenizer } from './clipTokenizer.ts'
import { SIGLIP_WORDS, siglipTokenizer } from './siglipTokenizer.ts'

/** Pixels of a side. */
export const SIDE = 8

export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073]
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711]

export const CLIP_WORDS = 49408
export const clipJson = {
  'config.json': { model_type: 'clip', projection_dim: 4, text_config: { model_type: 'clip_text_model' } },
  'preprocessor_config.json': {
    crop_size: { height: SIDE, width: SIDE },
    do_center_crop: true,
    do_convert_rgb: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: CLIP_MEAN,
    image_processor_type: 'CLIPImageProcessor',
    image_std: CLIP_STD,
    resample: 3,
    rescale_factor: 0.00392156862745098,
    size: { shortest_edge: SIDE },
  },
  'tokenizer.json': clipTokenizer,
  'tokenizer_config.json': {
    model_max_length: 77,
    pad_token: '<|endoftext|>',
    tokenizer_class: 'CLIPTokenizer',
  },
}

export { SIGLIP_WORDS }
export const siglipJson = {
  'config.json': {
    model_type: 'siglip',
    text_config: { model_type: 'siglip_text_model' },
    vision_config: { model_type: 'siglip_vision_model', patch_size: 16 },
  },
  'preprocessor_config.json': {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_processor_type: 'SiglipImageProcessor',
    image_std: [0.5, 0.5, 0.5],
    resample: 3,
    rescale_factor: 0.00392156862745098,
    size: { height: SIDE, width: SIDE },
  },
  'tokenizer.json': siglipTokenizer,
  'tokenizer_config.json': { model_max_length: 64, pad_token: '</s>', tokenizer_class: 'SiglipTokenizer' },
}

/** MobileCLIP takes plain colours, bilinear. */
export const mobileClipJson = {
  ...clipJson,
  'preprocessor_config.json': {
    crop_size: { height: SIDE, width: SIDE },
    do_center_crop: true,
    do_normalize: false,
    do_rescale: true,
    do_resize: true,
    image_mean: [0, 0, 0],
    image_std: [1, 1, 1],
    resample: 2,
    rescale_factor: 0.00392156862745098,
    size: { shortest_edge: SIDE },
  },
}

/** `count` frames [size, size, 4] of one colour each. */
export function plainFrames(
  colours: readonly (readonly number[])[],
  width: number,
  height: number,
): Uint8Array {
  const frames = new Uint8Array(colours.length * width * height * 4)
  colours.forEach((colour, i) => {
    for (let p = 0; p < width * height; p++) frames.set([...colour, 255], 4 * (i * width * height + p))
  })
  return frames
}

/** Pixel values of a colour. */
export const valuesOf = (
  colour: readonly number[],
  mean: readonly number[],
  std: readonly number[],
): number[] => colour.map((byte, channel) => (byte / 255 - mean[channel]) / std[channel])
