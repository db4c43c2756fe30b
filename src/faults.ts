/**
 * Steps that diverged, kept so that they can be looked at: a file holds the state before the step and the action, and is
 * shown as a run of one short episode.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { NEVER } from 'rxjs'
import { z } from 'zod'
import { bindProgram } from './bindProgram.ts'
import type { ScoreColumns } from './core/batch.ts'
import type { EnvDefinition, Fault, VectorEnv } from './core/env.ts'
import { type EpisodeRecord, encodeEpisode } from './core/episode.ts'
import { CarrotError } from './core/errors.ts'
import type { ProgramInfo } from './core/events.ts'
import type { LoadedProgram } from './core/reward.ts'
import { POSE_WIDTH } from './core/scene.ts'
import { programInfo } from './liveProgram.ts'
import { type EnvChoice, loadEnv } from './loadEnv.ts'
import { loadProgram } from './loadProgram.ts'
import { loadStored } from './loadUntrusted.ts'
import type { RunSource } from './server/source.ts'
import { openRun } from './store/index.ts'

/** Seconds that the action is held for, if the simulation bears it. */
const SHOWN = 1

const faultFile = z.object({
  carrot: z.literal('fault'),
  choice: z.object({
    env: z.string(),
    envOptions: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
    wrap: z.record(z.string(), z.unknown()),
  }),
  envVersion: z.number(),
  row: z.number(),
  episode: z.number(),
  step: z.number(),
  /** JSON has no NaN: what is not finite is null. */
  state: z.array(z.number().nullable()),
  action: z.array(z.number().nullable()),
})
type FaultFile = z.infer<typeof faultFile>

/** The text of a fault's file. */
export function faultText(fault: Fault, { env, envOptions = {}, wrap = {} }: EnvChoice, envVersion: number) {
  const { state, action, ...rest } = fault
  const file = {
    carrot: 'fault',
    choice: { env, envOptions, wrap },
    envVersion,
    ...rest,
    state: [...state],
    action: [...action],
  }
  return JSON.stringify(file)
}

export interface OpenFault {
  readonly source: RunSource
  /** What is in it, a line each. */
  readonly lines: readonly string[]
}

/** Reads a fault and plays it again. Throws CarrotError 'bad-file', or 'bad-argument' when there is no reward to show. */
export async function openFault(path: string, reward?: string): Promise<OpenFault> {
  const fault = readFault(path)
  const definition = await loadEnv(fault.choice as EnvChoice)
  const { spec } = definition
  if (spec.version !== fault.envVersion) {
    throw new CarrotError(
      'bad-file',
      `${path} was kept by version ${fault.envVersion} of ${spec.id}; this is version ${spec.version}.`,
      'Look at it with the version of carrot that made it.',
    )
  }
  const loaded = await programFor(path, definition, reward)
  using env = await definition.make(1)
  const played = play(env, fault)
  await using scorer = await bindProgram(loaded, spec, { rows: 1, gamma: 1 })
  await scorer.score(played.columns)
  const program = programInfo(loaded, scorer)
  const record = recordOf(played, fault, env, program)
  return { source: sourceOf(path, env, program, loaded, record), lines: linesOf(fault, env, played) }
}

function readFault(path: string): FaultFile {
  if (!existsSync(path)) {
    throw new CarrotError(
      'bad-file',
      `There is no file ${path}.`,
      'Give a file of the faults/ folder of a run.',
    )
  }
  try {
    return faultFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    throw new CarrotError(
      'bad-file',
      `${path} holds no state that carrot has kept.`,
      'Give a file of the faults/ folder of a run.',
    )
  }
}

/** The reward named, else the run's that the file lies in, else the one the environment is published with. */
async function programFor(path: string, { spec }: EnvDefinition, reward?: string): Promise<LoadedProgram> {
  if (reward !== undefined) return loadProgram(reward, spec)
  try {
    return await loadStored(openRun(dirname(dirname(path))), spec)
  } catch {
    // Not in a run's folder any more.
  }
  if (spec.defaultReward !== null) return loadProgram(spec.defaultReward, spec)
  throw new CarrotError(
    'bad-argument',
    `${spec.id} comes without a reward program.`,
    'Add --reward <file.ts>.',
  )
}

interface Played {
  readonly columns: ScoreColumns
  readonly obs: Float32Array
  readonly state: Float64Array
  readonly poses: Float32Array
  readonly diverged: boolean
}

/** From the state on under the action, until it diverges, the task ends, or it was long enough. */
function play(env: VectorEnv, { state, action }: FaultFile): Played {
  const numbers = (values: readonly (number | null)[]) =>
    Float64Array.from(values, value => value ?? Number.NaN)
  const push = numbers(action)
  env.setState(0, numbers(state))
  const seen = { signals: [] as number[], obs: [] as number[], state: [] as number[], poses: [] as number[] }
  const applied: number[] = []
  const terminated: number[] = []
  const truncated: number[] = []
  const now = new Float64Array(env.stateSize)
  const poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  const look = () => {
    env.getState(0, now)
    env.bodyPoses(0, poses)
    seen.signals.push(...env.signals)
    seen.obs.push(...env.obs)
    seen.state.push(...now)
    seen.poses.push(...poses)
  }
  look()
  const steps = Math.max(1, Math.round(SHOWN / env.spec.dt))
  const before = env.diverged[0]
  do {
    env.step(push)
    applied.push(...env.applied)
    terminated.push(env.terminated[0])
    truncated.push(env.truncated[0])
    look()
    // Where it diverged there is no pose to show but the last one that was sound.
    if (env.diverged[0] > before)
      seen.poses.splice(-poses.length, poses.length, ...seen.poses.slice(-2 * poses.length, -poses.length))
  } while (terminated.length < steps && env.terminated[0] === 0 && env.truncated[0] === 0)
  const T = terminated.length
  return {
    columns: {
      T,
      N: 1,
      signals: Float64Array.from(seen.signals),
      applied: Float64Array.from(applied),
      terminated: Uint8Array.from(terminated),
      truncated: Uint8Array.from(truncated),
      valid: new Uint8Array(T).fill(1),
      stepInEpisode: Int32Array.from({ length: T + 1 }, (_, t) => t),
      episode: new Int32Array(T + 1),
      labels: new Map(),
      terms: new Float64Array(0),
      reward: new Float64Array(T),
      success: new Uint8Array(T),
    },
    obs: Float32Array.from(seen.obs),
    state: Float64Array.from(seen.state),
    poses: Float32Array.from(seen.poses),
    diverged: env.diverged[0] > before,
  }
}

function recordOf(played: Played, { step }: FaultFile, env: VectorEnv, program: ProgramInfo): EpisodeRecord {
  const { columns, obs, state, poses } = played
  const { id, version, dt } = env.spec
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
  const { T, terms } = columns
  return {
    summary: {
      id: 'fault',
      atStep: step,
      length: T,
      seconds: T * dt,
      return: sum(columns.reward),
      parts: Object.fromEntries(
        program.terms.map((name, k) => [
          name,
          program.weights[name] * sum(terms.subarray(k * T, (k + 1) * T)),
        ]),
      ),
      success: false,
      terminated: columns.terminated[T - 1] === 1,
      policyVersion: 0,
      programHash: program.hash,
    },
    env: { id, version },
    program,
    dt,
    gamma: 1,
    columns,
    obs,
    state,
    poses,
  }
}

function sourceOf(
  path: string,
  env: VectorEnv,
  program: ProgramInfo,
  loaded: LoadedProgram,
  record: EpisodeRecord,
): RunSource {
  const bytes = encodeEpisode(record)
  const { spec, scene } = env
  const still = { run: path, env: spec, scene, program, gamma: 1, live: false, paused: false }
  return {
    info: () => ({ ...still, step: record.summary.atStep, steps: record.summary.atStep }),
    episodes: () => [record.summary],
    episode: async id => (id === record.summary.id ? bytes : undefined),
    metrics: () => [],
    program: () => loaded.module,
    events$: NEVER,
  }
}

function linesOf({ row, episode, step, action }: FaultFile, env: VectorEnv, { columns, diverged }: Played) {
  const { spec } = env
  const numbers = action.map(value => value ?? 'not a number').join(', ')
  return [
    `${spec.id}, row ${row}, episode ${episode}, ${(step * spec.dt).toFixed(3)} s in, about to do ${numbers}.`,
    diverged
      ? `Played again, it diverges after ${columns.T} ${columns.T === 1 ? 'step' : 'steps'}.`
      : `Played again, it does not diverge within ${columns.T} steps: it may hang on this machine's rounding.`,
  ]
}
