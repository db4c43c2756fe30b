/**
 * States to take pictures of: visited by play, and put together to cover what play seldom visits. A sampler brings an
 * environment's rows into states; what is to be known of them is then read from its columns.
 */
import type { EnvDefinition, VectorEnv } from '../core/env.ts'
import type { Rng } from '../core/rng.ts'
import { expertActor } from '../solve.ts'

/** Brings every row into some state. */
export type Sampler = (env: VectorEnv, rng: Rng) => void

/** Steps between pictures of one episode, at most. */
const STRIDE = 6
/** Play starts again after so many pictures. */
const EPISODE = 30

/** Options under which falls do not end an episode. */
export function lasting(definition: EnvDefinition): EnvDefinition {
  const { options } = definition
  return definition.configure({
    ...('terminateWhenUnhealthy' in options && { terminateWhenUnhealthy: false }),
    ...(options.variant?.choices?.includes('vlm-rm') && { variant: 'vlm-rm' }),
  })
}

/** Episodes of each row under a policy of its own: the expert's with noise, or actions that drift at random. */
export function play(
  definition: EnvDefinition,
  toss?: (env: VectorEnv, row: number, rng: Rng) => void,
): Sampler {
  let taken = 0
  let noise: Float64Array
  let drift: Float64Array
  let expert: ReturnType<typeof expertActor> | undefined
  return (env, rng) => {
    const { low, high } = env.spec.action
    const A = low.length
    if (taken++ % EPISODE === 0) {
      env.reset(rng.bits())
      expert = definition.expert && expertActor(definition.expert, env)
      // How far each row strays from the expert: not at all, somewhat, or altogether.
      noise = Float64Array.from({ length: env.size }, () => [0.1, 0.5, 1][rng.below(3)])
      drift = new Float64Array(env.size * A)
      for (let row = 0; row < env.size; row++) {
        const { keyframes } = env
        if (toss !== undefined && rng.uniform() < 0.5) toss(env, row, rng)
        else if (keyframes.length > 0 && rng.uniform() < 0.4) {
          const { qpos, qvel } = keyframes[rng.below(keyframes.length)]
          env.setPose(row, qpos, qvel)
        }
      }
      return
    }
    const actions = new Float64Array(env.size * A)
    for (let step = 1 + rng.below(STRIDE); step > 0; step--) {
      for (let row = 0; row < env.size; row++) {
        const action = actions.subarray(row * A, (row + 1) * A)
        if (expert !== undefined && noise[row] < 1) expert(row, action)
        else action.fill(0)
        for (let i = 0; i < A; i++) {
          const at = row * A + i
          drift[at] = 0.85 * drift[at] + 0.5 * rng.normal()
          const wide = (high[i] - low[i]) / 2
          action[i] = (1 - noise[row]) * action[i] + noise[row] * wide * drift[at]
        }
      }
      env.step(actions)
    }
  }
}

/** Positions drawn anew for every picture. */
export const drawn =
  (positions: (rng: Rng) => readonly number[]): Sampler =>
  (env, rng) => {
    for (let row = 0; row < env.size; row++) {
      const qpos = positions(rng)
      env.setPose(row, qpos, new Float64Array(env.getPose(row).qvel.length))
    }
  }

/** One sampler or the other, at random. */
export const mixed =
  (share: number, one: Sampler, other: Sampler): Sampler =>
  (env, rng) =>
    (rng.uniform() < share ? one : other)(env, rng)

/** Planar robots thrown down turned by any angle. */
function tossPlanar(env: VectorEnv, row: number, rng: Rng): void {
  const { qpos, qvel } = env.getPose(row)
  const start = env.keyframes[0].qpos
  qpos.set(start)
  qpos[1] = start[1] + rng.range(-0.3, 0.3)
  qpos[2] = rng.range(-Math.PI, Math.PI)
  for (let i = 3; i < qpos.length; i++) qpos[i] += 0.4 * rng.normal()
  env.setPose(row, qpos, qvel.fill(0))
}

/** Robots with a free torso thrown down turned any way. */
function tossFree(env: VectorEnv, row: number, rng: Rng): void {
  const { qpos, qvel } = env.getPose(row)
  qpos[2] = rng.range(0.4, 1.1)
  turnAnyWay(qpos, rng)
  env.setPose(row, qpos, qvel.fill(0))
}

/** A quaternion drawn evenly, at place 3. */
export function turnAnyWay(qpos: Float64Array, rng: Rng): void {
  const q = [0, 1, 2, 3].map(() => rng.normal())
  const length = Math.hypot(...q)
  for (let i = 0; i < 4; i++) qpos[3 + i] = q[i] / length
}

/** What is known of an environment beyond how to play in it. */
export function samplerOf(definition: EnvDefinition): Sampler {
  switch (definition.spec.id) {
    case 'cartpole':
      return drawn(rng => [
        rng.range(-2.4, 2.4),
        rng.uniform() < 0.4 ? 0.3 * rng.normal() : rng.range(-Math.PI, Math.PI),
      ])
    case 'mountain-car':
      return drawn(rng => [rng.uniform() < 0.25 ? rng.range(0.35, 0.5) : rng.range(-1.2, 0.6)])
    case 'inverted-pendulum':
      return mixed(
        0.7,
        drawn(rng => [rng.range(-0.9, 0.9), rng.range(-1.4, 1.4)]),
        play(definition),
      )
    case 'inverted-double-pendulum':
      return mixed(
        0.7,
        drawn(rng => [rng.range(-0.9, 0.9), rng.range(-2, 2), 0.7 * rng.normal()]),
        play(definition),
      )
    case 'hopper':
    case 'walker2d':
    case 'half-cheetah':
      return play(definition, tossPlanar)
    case 'ant':
      return play(definition, tossFree)
    default:
      return play(definition)
  }
}
