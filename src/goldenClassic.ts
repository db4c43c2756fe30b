/**
 * Recordings of Gymnasium's classic control tasks, which keep episodes and single steps in one file and a state in place
 * of a pose, in the form of the MuJoCo ones.
 */
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import { clamp } from './core/math.ts'

/** How a task's recorded state lies in qpos and qvel. */
const TASKS: Readonly<
  Record<string, { readonly qpos: readonly number[]; readonly qvel: readonly number[] }>
> = {
  'CartPole-v1': { qpos: [0, 2], qvel: [1, 3] },
  'MountainCarContinuous-v0': { qpos: [0], qvel: [1] },
}
/** The published cost of an action counts what was asked for; here what is beyond the range is cut off first. */
const ACTION_COST: Readonly<Record<string, number>> = { 'MountainCarContinuous-v0': 0.1 }

interface Steps {
  readonly action: readonly number[]
  readonly reward: readonly number[]
  readonly terminated: readonly boolean[]
}
interface Episode extends Steps {
  readonly state0: readonly number[]
  readonly obs: readonly number[][]
  readonly truncated: readonly boolean[]
}
interface Samples extends Steps {
  readonly state: readonly number[][]
  readonly next_obs: readonly number[][]
}

export const CLASSIC_KIND = 'rollout+one_step'

/**
 * The episodes, then the single steps, each as a recording of the kinds 'rollout' and 'one_step'. Throws CarrotError
 * 'bad-file' or 'unsupported'.
 */
export function classicRecordings(file: Readonly<Record<string, unknown>>, env: EnvDefinition): object[] {
  const name = String(file.env)
  const task = TASKS[name]
  if (task === undefined) {
    throw new CarrotError(
      'unsupported',
      `The recording of ${name} is of the kind '${CLASSIC_KIND}', whose state is not a MuJoCo pose.`,
      `Recordings of this kind can be checked for ${Object.keys(TASKS).join(' and ')}.`,
    )
  }
  const { episodes, one_step: samples } = file as { episodes?: Episode[]; one_step?: Samples }
  if (!Array.isArray(episodes) || !Array.isArray(samples?.state)) {
    throw new CarrotError(
      'bad-file',
      `The recording of ${name} is cut off or broken: episodes or one_step missing.`,
      'Give the whole file.',
    )
  }
  const { choices, low, high } = env.spec.action
  const asAction = (asked: number): number[] => (choices === undefined ? [asked] : [...choices[asked]])
  const excess = (asked: number): number => asked ** 2 - clamp(asked, low[0], high[0]) ** 2
  const paid = ({ action, reward }: Steps): number[] =>
    reward.map((r, i) => r + (ACTION_COST[name] ?? 0) * (choices === undefined ? excess(action[i]) : 0))
  const pick = (state: readonly number[]) => ({
    qpos: task.qpos.map(i => state[i]),
    qvel: task.qvel.map(i => state[i]),
  })
  const rollout = (episode: Episode) => ({
    ...episode,
    env: name,
    kind: 'rollout',
    obs_dtype: file.obs_dtype,
    qpos0: pick(episode.state0).qpos,
    qvel0: pick(episode.state0).qvel,
    action: episode.action.map(asAction),
    reward: paid(episode),
  })
  const steps = {
    ...samples,
    env: name,
    kind: 'one_step',
    obs_dtype: file.obs_dtype,
    qpos: samples.state.map(state => pick(state).qpos),
    qvel: samples.state.map(state => pick(state).qvel),
    action: samples.action.map(asAction),
    reward: paid(samples),
  }
  return [...episodes.map(rollout), steps]
}
