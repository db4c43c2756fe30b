/** What programs are tried on before anything is trained: recordings of policies that need no learning, and named poses. */
import type { ScoreColumns } from '../core/batch.ts'
import type { EnvDefinition } from '../core/env.ts'
import type { RewardProgram } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { emptyColumns, playSimply } from '../randomPlay.ts'
import type { SimplePolicy } from '../solve.ts'

export interface Play {
  readonly policy: SimplePolicy
  /** N episodes side by side; the last of a row may be cut off. */
  readonly columns: ScoreColumns
}

/** Equal environments and seeds give equal data. Shared by all programs: score copies (`rescoringCopy`). */
export interface ProofData {
  readonly definition: EnvDefinition
  readonly spec: EnvSpec
  /** Random actions first, then none at all, then those of the expert where there is one. */
  readonly plays: readonly Play[]
  /** Keyframe n in row n, and one step without action from there. */
  readonly poses: { readonly names: readonly string[]; readonly columns: ScoreColumns }
}

const SEED = 1
/** Steps of a row beyond one whole episode, and what comes after it, while there is room for another. */
const ROOM = 1024
const ROWS: Readonly<Record<SimplePolicy, number>> = { random: 4, zero: 2, expert: 4 }

const collected = new WeakMap<EnvDefinition, Promise<ProofData>>()

/** Plays the environment once; later calls with the same definition get the same data. Throws as `make` does. */
export function proofData(definition: EnvDefinition): Promise<ProofData> {
  const data = collected.get(definition) ?? collect(definition)
  collected.set(definition, data)
  return data
}

const configured = new WeakMap<EnvDefinition, Map<string, EnvDefinition>>()

/** The data of the environment with the options that the program asks for. Throws CarrotError 'bad-argument' for one it has not. */
export async function dataFor({ env, envOptions = {} }: RewardProgram, data: ProofData): Promise<ProofData> {
  const { definition, spec } = data
  const isOther = Object.entries(envOptions).some(([option, value]) => spec.options[option] !== value)
  if (!isOther || env !== spec.id) return data
  const known = configured.get(definition) ?? new Map<string, EnvDefinition>()
  configured.set(definition, known)
  const options = { ...spec.options, ...envOptions }
  const key = JSON.stringify(options)
  const other = known.get(key) ?? definition.configure(options)
  known.set(key, other)
  return proofData(other)
}

async function collect(definition: EnvDefinition): Promise<ProofData> {
  const { spec, expert } = definition
  const policies: readonly SimplePolicy[] = [
    'random',
    'zero',
    ...(expert === undefined ? [] : ['expert' as const]),
  ]
  const plays: Play[] = []
  for (const policy of policies) {
    const episode = spec.maxSteps + 1
    const steps = policy === 'random' ? Math.max(episode, Math.min(ROOM, 2 * episode)) : episode
    const columns = await playSimply(definition, policy, { rows: ROWS[policy], steps, seed: SEED })
    plays.push({ policy, columns })
  }
  return { definition, spec, plays, poses: await hold(definition) }
}

/** One step without action from every keyframe. */
async function hold(definition: EnvDefinition): Promise<ProofData['poses']> {
  using first = await definition.make(1)
  const { keyframes } = first
  const N = keyframes.length
  const A = first.spec.action.low.length
  const columns = emptyColumns(1, N, first.signals.length, A)
  if (N === 0) return { names: [], columns }
  using env = await definition.make(N)
  env.reset(SEED)
  keyframes.forEach(({ qpos, qvel }, n) => {
    env.setPose(n, qpos, qvel)
  })
  columns.signals.set(env.signals)
  columns.stepInEpisode.set(env.stepInEpisode)
  env.step(new Float64Array(N * A))
  columns.signals.set(env.signals, env.signals.length)
  columns.stepInEpisode.set(env.stepInEpisode, N)
  columns.applied.set(env.applied)
  columns.terminated.set(env.terminated)
  columns.truncated.set(env.truncated)
  for (let n = 0; n < N; n++) columns.valid[n] = 1 - env.restarted[n]
  return { names: keyframes.map(({ name }) => name), columns }
}
