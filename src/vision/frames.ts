/** Which states of a batch are looked at, and where what is seen of them goes. */
import type { ScoreColumns } from '../core/batch.ts'

export interface Frame {
  /** State t of row n is [t, n] of the batch's state columns. */
  readonly state: number
  readonly n: number
  /** Row of the [T, N] columns that the similarities go to. */
  readonly row: number
  /** It is the first state of an episode, before its first step. */
  readonly isStart: boolean
}

type Steps = Pick<ScoreColumns, 'T' | 'N' | 'valid' | 'stepInEpisode' | 'terminated' | 'truncated'>

/**
 * Of the first `rows` rows: every episode's first state, every `every`-th after it, and its last. State t + 1 is what
 * step t led to, so the last one is seen before the row is reset.
 */
export function framesOf(batch: Steps, rows: number, every: number): Frame[] {
  const { T, N, valid, stepInEpisode, terminated, truncated } = batch
  const frames: Frame[] = []
  for (let t = 0; t < T; t++) {
    for (let n = 0; n < rows; n++) {
      const row = t * N + n
      if (valid[row] === 0) continue
      const before = stepInEpisode[row]
      if (before === 0) frames.push({ state: t, n, row, isStart: true })
      const isDue = (before + 1) % every === 0 || terminated[row] === 1 || truncated[row] === 1
      if (isDue) frames.push({ state: t + 1, n, row, isStart: false })
    }
  }
  return frames
}
