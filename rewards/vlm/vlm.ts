/** How a person asks for a reward from pictures: `vlm({ weight: 1, prompt: 'a humanoid robot kneeling' })`. */
import {
  EMBEDDED_MODEL,
  type VisionHead,
  type VisionPolicy,
  type VisionRequest,
  type VisionShape,
} from '../../src/core/vision.ts'

export interface VlmOptions {
  readonly weight: number
  /** What the picture is to show; of several, the mean. */
  readonly prompt: string | readonly string[]
  /** What it shows anyway, e.g. 'a humanoid robot': only what sets the goal apart from that counts, as far as `alpha` says. */
  readonly baseline?: string | readonly string[]
  /** 0 (the cosine to the goal) to 1 (only the way from baseline to goal counts); default 0.5 with a baseline. */
  readonly alpha?: number
  /** Default: the scene's camera 'vlm', or its first. Of several, the mean of the scores. */
  readonly camera?: string | readonly string[]
  /** A frame every so many control steps; default 4. */
  readonly every?: number
  /** Default 'wait'. */
  readonly policy?: VisionPolicy
  /** Default 'goal-baseline'. Temperature: 0.07. */
  readonly head?:
    | 'goal-baseline'
    | {
        readonly softmax: string | readonly string[]
        readonly temperature?: number
        readonly threshold?: number
      }
    | { readonly threshold: number }
  /** Default 'value'. */
  readonly shape?: VisionShape
  /** The score is paid as (score − mean) / std: what it is and how far it moves where nothing has been learned. */
  readonly normalise?: { readonly mean: number; readonly std: number }
  /** Part of the environments whose frames are looked at; less than 1 needs `distil`. */
  readonly share?: number
  /** Let a small network learn the labels from observations, and label the steps that were not looked at. */
  readonly distil?: boolean
  /** Id of a model, or the path of a folder; default: the embedded one. */
  readonly model?: string
}

const TEMPERATURE = 0.07
const ALPHA = 0.5
const EVERY = 4

const list = (texts: string | readonly string[] = []): readonly string[] =>
  typeof texts === 'string' ? [texts] : texts

/**
 * A term paid by a vision-language model's view of rendered frames. It is data: `defineReward` checks it, training
 * renders and asks, and what is kept are the similarities, so that alpha, temperature, threshold, head and shape can be
 * changed afterwards, while training and on recordings.
 */
export function vlm(options: VlmOptions): { readonly weight: number; readonly vision: VisionRequest } {
  const {
    weight,
    prompt,
    baseline,
    alpha,
    camera = '',
    every = EVERY,
    policy = 'wait',
    head = 'goal-baseline',
    shape = 'value',
    normalise,
    share = 1,
    distil = false,
    model = EMBEDDED_MODEL,
    ...stray
  } = options
  const prompts = list(prompt)
  const baselines = list(baseline)
  const settled = headOf(head, prompts)
  const vision: VisionRequest = {
    model,
    prompts,
    baselines,
    head: settled.head,
    shape,
    cameras: list(camera),
    every,
    policy,
    share,
    distil,
    dials: {
      ...(settled.head.type === 'softmax'
        ? {}
        : baselines.length > 0
          ? { alpha: alpha ?? ALPHA }
          : alpha !== undefined && { alpha }),
      ...settled.dials,
      mean: 0,
      std: 1,
      ...normalise,
    },
  }
  // What is misspelt stays, and is told by `defineReward`.
  return { weight, vision: { ...vision, ...stray } }
}

function headOf(
  head: NonNullable<VlmOptions['head']>,
  prompts: readonly string[],
): { readonly head: VisionHead; readonly dials: Readonly<Record<string, number>> } {
  if (head === 'goal-baseline') return { head: { type: 'goal-baseline' }, dials: {} }
  if (typeof head === 'object' && 'softmax' in head) {
    const { softmax, temperature = TEMPERATURE, threshold } = head
    const negatives = list(softmax).filter(text => !prompts.includes(text))
    return {
      head: { type: 'softmax', negatives },
      dials: { temperature, ...(threshold !== undefined && { threshold }) },
    }
  }
  if (typeof head === 'object' && 'threshold' in head) {
    return { head: { type: 'threshold' }, dials: { threshold: head.threshold } }
  }
  return { head: { type: head as never }, dials: {} }
}
