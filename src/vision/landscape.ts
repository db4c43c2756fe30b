/** States along a line, to see whether a reward rises towards its goal: between two keyframes, or over one joint. */
import type { EnvDefinition, VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import { layoutOf } from '../core/spec.ts'
import { keyframeNamed } from '../picture.ts'

const STATES = 61

export interface Line {
  readonly xLabel: string
  /** [states] */
  readonly x: readonly number[]
  /** [states, bodies, 7] */
  readonly poses: Float32Array
  /** [states] of the signal that judges. */
  readonly truth: Float64Array
}

export interface JointSweep {
  /** Index into qpos. */
  readonly joint: number
  readonly from: number
  readonly to: number
}

/** From one keyframe to another, by their names. Throws CarrotError 'unknown-name'. */
export async function betweenKeyframes(
  definition: EnvDefinition,
  from: string,
  to: string,
  judge: string,
): Promise<Line> {
  using env = await definition.make(1)
  const [start, end] = [from, to].map(name => keyframeNamed(env, name))
  const at = (part: number) => start.qpos.map((q, i) => q + part * (end.qpos[i] - q))
  const x = spaced(0, 1)
  return { xLabel: `from ${from} to ${to}`, x, ...along(env, x.map(at), judge) }
}

/** One joint turned or moved through a range, the others as in a keyframe. Throws CarrotError 'bad-argument'. */
export async function overJoint(
  definition: EnvDefinition,
  keyframe: string,
  { joint, from, to }: JointSweep,
  judge: string,
): Promise<Line> {
  using env = await definition.make(1)
  const { qpos } = keyframeNamed(env, keyframe)
  if (!(Number.isInteger(joint) && joint >= 0 && joint < qpos.length)) {
    throw new CarrotError(
      'bad-argument',
      `${env.spec.id} has no position ${joint} to sweep.`,
      `Give a whole number from 0 to ${qpos.length - 1}, e.g. --sweep ${qpos.length - 1}=-1..1.`,
    )
  }
  const x = spaced(from, to)
  const states = x.map(value => qpos.map((q, i) => (i === joint ? value : q)))
  return { xLabel: `position ${joint}, the rest as ${keyframe}`, x, ...along(env, states, judge) }
}

const spaced = (from: number, to: number): number[] =>
  Array.from({ length: STATES }, (_, i) => from + ((to - from) * i) / (STATES - 1))

function along(
  env: VectorEnv,
  states: readonly (readonly number[])[],
  judge: string,
): Pick<Line, 'poses' | 'truth'> {
  const size = env.scene.bodies.length * POSE_WIDTH
  const poses = new Float32Array(states.length * size)
  const truth = new Float64Array(states.length)
  const still = new Float64Array(env.getPose(0).qvel.length)
  const { offset } = layoutOf(env.spec.signals).slots[judge]
  states.forEach((qpos, i) => {
    env.setPose(0, qpos, still)
    env.bodyPoses(0, poses.subarray(i * size, (i + 1) * size))
    truth[i] = env.signals[offset]
  })
  return { poses, truth }
}
