/**
 * Pays a vision term from its label columns. What was looked at is paid its score; the steps up to the next frame are
 * paid the same. A row's value depends on its episode's labels alone, so recordings score as training did.
 */
import type { ScoreColumns } from '../../src/core/batch.ts'
import { atStart, type VisionRequest, visionColumns } from '../../src/core/vision.ts'
import { scoreOf } from './heads.ts'

/** Numbers a vision term remembers per row: the score last seen, and that of the episode's first state. */
export const VISION_MEMORY = { held: 1, initial: 1 } as const
export interface VisionMemory {
  readonly held: Float64Array
  readonly initial: Float64Array
}

/** Similarities of one camera. */
interface Seen {
  readonly goal: Float64Array
  readonly along?: Float64Array
  readonly negatives: readonly Float64Array[]
}

export interface FillOptions {
  readonly request: VisionRequest
  readonly dials: Readonly<Record<string, number>>
  readonly gamma: number
  /** Of each row; zero is what a row starts with that has seen nothing. */
  readonly memory: readonly VisionMemory[]
}

/**
 * Writes the term's raw values [T, N] into `out`. Where none of the labels has come, 'hold' pays what each row knows,
 * the other policies nothing, and memory stays as it is. Returns the row of the first label that is infinite, or −1.
 */
export function fillVision(columns: ScoreColumns, options: FillOptions, out: Float64Array): number {
  const { request, gamma, memory } = options
  const { T, N, valid, stepInEpisode, terminated, labels } = columns
  const after = seenBy(labels, request, column => column)
  out.fill(0)
  if (after === undefined) {
    if (request.policy === 'hold') fillHeld(columns, options, out)
    return -1
  }
  const before = seenBy(labels, request, atStart)
  const negatives = new Float64Array(after[0].negatives.length)
  const at = (seen: readonly Seen[] | undefined, row: number): number =>
    seen === undefined ? Number.NaN : meanScore(seen, row, options, negatives)
  for (let t = 0, row = 0; t < T; t++) {
    for (let n = 0; n < N; n++, row++) {
      if (valid[row] === 0) continue
      const { held, initial } = memory[n]
      if (stepInEpisode[row] === 0) {
        held[0] = at(before, row)
        initial[0] = held[0]
      }
      const from = held[0]
      const score = at(after, row)
      if (score === Number.POSITIVE_INFINITY || score === Number.NEGATIVE_INFINITY) return row
      if (!Number.isNaN(score)) held[0] = score
      const value =
        request.shape === 'value'
          ? held[0]
          : request.shape === 'minus-initial'
            ? held[0] - initial[0]
            : (terminated[row] === 1 ? 0 : gamma * held[0]) - from
      out[row] = Number.isNaN(value) ? 0 : value + 0
    }
  }
  return -1
}

/** What every row is paid before its labels come: nothing is known of where it went since. */
function fillHeld({ valid, N }: ScoreColumns, { request, memory }: FillOptions, out: Float64Array): void {
  if (request.shape === 'potential') return
  for (let row = 0; row < out.length; row++) {
    if (valid[row] === 0) continue
    const { held, initial } = memory[row % N]
    const value = request.shape === 'value' ? held[0] : held[0] - initial[0]
    out[row] = Number.isNaN(value) ? 0 : value + 0
  }
}

/** The columns of every camera; undefined when one that is needed is not there. */
function seenBy(
  labels: ReadonlyMap<string, Float64Array>,
  request: VisionRequest,
  nameOf: (column: string) => string,
): readonly Seen[] | undefined {
  const seen: Seen[] = []
  for (const { goal, along, negatives } of visionColumns(request)) {
    const of = (column: string) => labels.get(nameOf(column))
    const columns = { goal: of(goal), along: along && of(along), negatives: negatives.map(of) }
    if (columns.goal === undefined || columns.negatives.includes(undefined)) return undefined
    if (along !== undefined && columns.along === undefined) return undefined
    seen.push(columns as Seen)
  }
  return seen
}

/** The mean over cameras, normalised; NaN where one of them has not looked. */
function meanScore(
  seen: readonly Seen[],
  row: number,
  { request, dials }: FillOptions,
  negatives: Float64Array,
): number {
  let sum = 0
  for (const { goal, along, negatives: others } of seen) {
    for (let i = 0; i < others.length; i++) negatives[i] = others[i][row]
    sum += scoreOf(request.head, dials, goal[row], along === undefined ? 0 : along[row], negatives)
  }
  return (sum / seen.length - dials.mean) / dials.std
}
