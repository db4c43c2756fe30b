/** Poses between the recorded ones, so that slow motion is smooth. */
import type { EpisodeRecord } from '../../src/core/episode.ts'
import { clamp } from '../../src/core/math.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'

/** Nearer to a row than this part of a step, the row itself is given. */
const AT_ROW = 1e-6

/** [bodies, 7] at `time`, s; exactly the recorded row when time is that of a row. */
export function poseAt({ poses, columns: { T }, dt }: EpisodeRecord, time: number): Float32Array {
  const width = poses.length / (T + 1)
  const at = clamp(time / dt, 0, T)
  const row = Math.min(T, Math.floor(at + AT_ROW))
  const before = poses.subarray(row * width, (row + 1) * width)
  const part = at - row
  if (part < AT_ROW || row === T) return before
  const after = poses.subarray((row + 1) * width, (row + 2) * width)
  const between = before.map((value, i) => value + part * (after[i] - value))
  for (let body = 0; body < width; body += POSE_WIDTH) blendRotation(before, after, between, part, body + 3)
  return between
}

/** The shorter way from one unit quaternion to the next, in a straight line; steps are too small to tell it from an arc. */
function blendRotation(
  before: Float32Array,
  after: Float32Array,
  out: Float32Array,
  part: number,
  first: number,
): void {
  let dot = 0
  for (let i = first; i < first + 4; i++) dot += before[i] * after[i]
  const sign = dot < 0 ? -1 : 1
  let square = 0
  for (let i = first; i < first + 4; i++) {
    out[i] = (1 - part) * before[i] + part * sign * after[i]
    square += out[i] * out[i]
  }
  for (let i = first; i < first + 4; i++) out[i] /= Math.sqrt(square)
}
