/** A small run to record: the shapes of a pendulum, with numbers that are easy to recognise. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EpisodeRecord } from '../../src/core/episode.ts'
import type { EpisodeSummary, ProgramInfo, TrainEvent } from '../../src/core/events.ts'
import type { SceneSpec } from '../../src/core/scene.ts'
import type { EnvSpec } from '../../src/core/spec.ts'
import type { NewRun } from '../../src/store/index.ts'

export const env: EnvSpec = {
  id: 'pendulum',
  version: 1,
  about: 'A pole on a cart.',
  obs: { angle: { shape: [], unit: 'rad' } },
  signals: {
    angle: { shape: [], unit: 'rad' },
    rate: { shape: [], unit: 'rad/s' },
    up: { shape: [], unit: 'bool' },
  },
  action: { names: ['push'], low: [-1], high: [1], unit: '1' },
  dt: 0.02,
  maxSteps: 100,
  defaultReward: 'stand',
  success: { signal: 'up', over: 'last' },
  options: {},
}

export const scene: SceneSpec = { bodies: ['world', 'pole'], geoms: [], cameras: [], extent: 1 }

export const source = `import { defineReward, scalar } from 'carrot-rl'
export default defineReward({
  name: 'stand',
  reads: { angle: scalar('rad') },
  terms: { upright: { weight: 1, value: s => 0.5 * Math.cos(s.angle) } },
})
`

export const module = source.replace('0.5', '1 / 2')

export const program: ProgramInfo = {
  name: 'stand',
  hash: 'a1b2c3',
  about: 'Keep the pole upright.',
  terms: ['upright'],
  weights: { upright: 1 },
  succeeds: 'last',
}

export const newRun = (root: string): NewRun => ({
  root,
  config: { env: 'pendulum', steps: 1000, ppo: { gamma: 0.99, hidden: [8, 8] } },
  env,
  scene,
  program,
  loaded: { source, module },
  seed: 1,
  gamma: 0.99,
})

export const start = (startStep = 0): TrainEvent => ({
  type: 'start',
  run: 'r',
  folder: 'r',
  env: 'pendulum',
  program,
  device: 'wasm',
  startStep,
  steps: 1000,
  notes: [],
})

export const metrics = (
  step: number,
  values: Record<string, number> = { 'loss/policy': step / 8 },
): TrainEvent => ({
  type: 'metrics',
  step,
  seconds: step / 100,
  values,
})

export const summary = (id: string, atStep: number, total = atStep): EpisodeSummary => ({
  id,
  atStep,
  length: 4,
  seconds: 0.08,
  return: total,
  parts: { upright: total },
  success: false,
  terminated: true,
  policyVersion: 1,
  programHash: program.hash,
})

/** An episode of `about.length` steps whose numbers are all `about.atStep` plus their index. */
export function episode(about: EpisodeSummary): EpisodeRecord {
  const T = about.length
  const count = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => about.atStep + i)
  return {
    summary: about,
    env: { id: env.id, version: env.version },
    program,
    dt: env.dt,
    gamma: 0.99,
    columns: {
      T,
      N: 1,
      signals: count((T + 1) * 2),
      applied: count(T),
      terminated: new Uint8Array(T).fill(1, T - 1),
      truncated: new Uint8Array(T),
      valid: new Uint8Array(T).fill(1),
      stepInEpisode: Int32Array.from({ length: T + 1 }, (_, t) => t),
      episode: new Int32Array(T + 1),
      labels: new Map(),
      terms: count(T),
      reward: count(T),
      success: new Uint8Array(T),
    },
    obs: Float32Array.from(count(T + 1)),
    state: count((T + 1) * 4),
    poses: Float32Array.from(count((T + 1) * 14)),
  }
}

export const episodeEvent = (about: EpisodeSummary): TrainEvent => ({ type: 'episode', summary: about })

/** Calls `use` with an empty folder that is gone afterwards. */
export async function inFolder(use: (root: string) => void | Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'carrot-store-'))
  try {
    await use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
