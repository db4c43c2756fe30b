/** What a reward asks of a vision-language model, as data, and the columns its answers come in. */

/** The model that comes along. */
export const EMBEDDED_MODEL = 'carrot-mini'

/** How similarities become one number. */
export type VisionHead =
  /** The cosine to the goal; with a baseline, regularised along the way from baseline to goal by the dial `alpha`. */
  | { readonly type: 'goal-baseline' }
  /** Probability of the goal among negatives, at the dial `temperature`; 1 or 0 by the dial `threshold` where that is set. */
  | { readonly type: 'softmax'; readonly negatives: readonly string[] }
  /** 1 where the goal–baseline score is above the dial `threshold`, else 0. */
  | { readonly type: 'threshold' }

/** What a step is paid: the score as it is; as a potential, γΦ(s′)−Φ(s); or less the score of the episode's first state. */
export type VisionShape = 'value' | 'potential' | 'minus-initial'

/**
 * 'wait' holds a batch until its labels are there: reproducible. 'late' lets it go on unpaid and fills the replay buffer
 * when they come; 'hold' pays the row's last known label meanwhile, so that on-policy algorithms can use it, too.
 */
export type VisionPolicy = 'wait' | 'late' | 'hold'

/** Of a term whose labels are similarities of rendered frames to texts. */
export interface VisionRequest {
  /** Id of a model, or the path of a folder. */
  readonly model: string
  /** The goal: the mean of these texts' embeddings. */
  readonly prompts: readonly string[]
  /** What is there anyway, in the same way; none when empty. */
  readonly baselines: readonly string[]
  readonly head: VisionHead
  readonly shape: VisionShape
  /** Names of cameras whose scores are averaged; '' is the scene's camera 'vlm', or its first. */
  readonly cameras: readonly string[]
  /** Control steps from one frame to the next; steps between are paid the last one's score. */
  readonly every: number
  readonly policy: VisionPolicy
  /** Part of the environments whose frames are looked at. */
  readonly share: number
  /** A small network learns the labels from observations and fills in those that were not asked for. */
  readonly distil: boolean
  /** Numbers that can be changed while training and on recordings, as `<term>.<dial>`: alpha, temperature, threshold, mean, std. */
  readonly dials: Readonly<Record<string, number>>
}

/** Columns of one camera, by what they hold. */
export interface VisionColumns {
  readonly camera: string
  /** s·g, the cosine of frame and goal. */
  readonly goal: string
  /** (s − g)·d along the unit vector d from baseline to goal; absent without a baseline. */
  readonly along?: string
  /** s·n of each negative. */
  readonly negatives: readonly string[]
}

/** The same of the episode's first state, in the row of its first step. */
export const atStart = (column: string): string => `${column}, at the start`

/** Texts of one embedding: their mean is taken. */
export const textsName = (texts: readonly string[]): string => texts.join(' + ')

/** Everything that decides the numbers is in the names, so a recording is never read as what it is not. */
export function visionColumns(request: VisionRequest): VisionColumns[] {
  const { model, prompts, baselines, head, cameras } = request
  const negatives = head.type === 'softmax' ? head.negatives : []
  return cameras.map(camera => {
    const seen = `${model}: ${camera === '' ? '' : `${camera}: `}`
    const goal = `${seen}${textsName(prompts)}`
    return {
      camera,
      goal,
      ...(baselines.length > 0 && { along: `${goal} − ${textsName(baselines)}` }),
      negatives: negatives.map(text => `${seen}${text}`),
    }
  })
}

/** Every column of a request, each once, those of first states included. */
export function allColumns(request: VisionRequest): string[] {
  const columns = visionColumns(request).flatMap(({ goal, along, negatives }) => [
    goal,
    ...(along === undefined ? [] : [along]),
    ...negatives,
  ])
  return [...new Set(columns)].flatMap(column => [column, atStart(column)])
}
