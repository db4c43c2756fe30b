/**
 * Physics without us, for comparison: the same robots through the same states, by `mj_*` calls alone. Bare means, per
 * control step: the controls (and mocap bodies) are written as the environment made them, `mj_step` runs frame-skip times, and where the environment reads contact
 * forces `mj_rnePostConstraint` runs once. Where the environment restarted: `mj_resetData`, the start's qpos and qvel
 * written, `mj_forward`. Left out, and so counted as ours: clipping actions and
 * turning them into controls, looking for divergence, reading
 * observations and signals, terminations, the clock, random numbers, `mj_kinematics` for readouts that need it. Warning
 * counters are not read by either side: divergence is seen by the clock.
 * Runs in any thread.
 */
import { envById } from '../envs/index.ts'
import type { EnvDefinition, PhysicsFacts, VectorEnv } from '../src/core/env.ts'
import type { PolicySnapshot } from '../src/core/policy.ts'
import { Rng, STREAM } from '../src/core/rng.ts'
import type { ActionSpec } from '../src/core/spec.ts'
import { wasmExecutor } from '../src/graph/wasm.ts'
import { NetworkPolicy } from '../src/learn/policy.ts'
import { readModel } from '../src/sim/modelFiles.ts'
import { compileModel, loadMujoco } from '../src/sim/mujoco.ts'
import type { MujocoRows } from '../src/sim/mujocoRows.ts'

/** Whether it is all MuJoCo's physics, and every episode starts from a pose. */
export const hasBareLoop = ({ physics, spec }: EnvDefinition): boolean =>
  physics !== undefined && spec.episodesPerReset === undefined

/** A run to be repeated: what every row does at every step. */
export interface Tape {
  readonly env: string
  readonly rows: number
  readonly steps: number
  readonly seed: number
  /** First row's number in the pool. */
  readonly firstRow: number
  /** Per step [N, A]. */
  readonly actions: readonly Float64Array[]
  /** Per step, per row: what the environment made of the action. */
  readonly controls: readonly (readonly Driven[])[]
  /** Per step, per row: the pose an episode starts from, where one does. The first entry is before step 0. */
  readonly starts: readonly (Pose | undefined)[][]
  /** Poses after the last step. */
  readonly end: readonly Pose[]
}
/** Arrays that an environment writes and MuJoCo does not. */
const DRIVEN = ['ctrl', 'mocap_pos', 'mocap_quat'] as const
type Driven = Record<(typeof DRIVEN)[number], Float64Array>
interface Pose extends Driven {
  readonly qpos: Float64Array
  readonly qvel: Float64Array
}

export interface TapeOptions {
  readonly env: string
  readonly rows: number
  readonly steps: number
  readonly firstRow?: number
  /** Who acts; absent: uniformly random actions. */
  readonly policy?: PolicySnapshot
}

export async function recordTape({ env: id, rows, steps, firstRow = 0, policy }: TapeOptions): Promise<Tape> {
  const env = envById(id)
  const seed = 1
  // What is not MuJoCo's has no arrays, and no bare loop either.
  using copies = (await env.make(rows)) as VectorEnv & Partial<Pick<MujocoRows, 'arrays'>>
  copies.reset(seed, firstRow)
  const rngs = Array.from({ length: rows }, (_, n) => new Rng(seed, STREAM.action, firstRow + n))
  const act = policy === undefined ? uniform(env.spec.action, rngs) : sampled(policy, rngs)
  const driven = (n: number): Driven => {
    const arrays = copies.arrays?.(n)
    const of = (name: (typeof DRIVEN)[number]) => arrays?.[name].slice() ?? new Float64Array(0)
    return { ctrl: of('ctrl'), mocap_pos: of('mocap_pos'), mocap_quat: of('mocap_quat') }
  }
  const pose = (n: number): Pose => ({ ...copies.getPose(n), ...driven(n) })
  const starts: (Pose | undefined)[][] = [rngs.map((_, n) => pose(n))]
  const actions: Float64Array[] = []
  const controls: Driven[][] = []
  for (let t = 0; t < steps; t++) {
    copies.step(act(copies.obs))
    actions.push(copies.applied.slice())
    controls.push(rngs.map((_, n) => driven(n)))
    starts.push(rngs.map((_, n) => (copies.restarted[n] ? pose(n) : undefined)))
  }
  return { env: id, rows, steps, seed, firstRow, actions, controls, starts, end: rngs.map((_, n) => pose(n)) }
}

type Act = (obs: Float64Array) => Float32Array | Float64Array

const uniform =
  ({ low, high }: ActionSpec, rngs: readonly Rng[]): Act =>
  () =>
    Float64Array.from(rngs.flatMap(rng => low.map((from, a) => rng.range(from, high[a]))))

function sampled(snapshot: PolicySnapshot, rngs: readonly Rng[]): Act {
  const policy = new NetworkPolicy(wasmExecutor(), rngs.length)
  policy.load(snapshot)
  const action = new Float32Array(rngs.length * snapshot.spec.actionSize)
  const logProb = new Float32Array(rngs.length)
  return obs => {
    policy.sample(obs, rngs, action, logProb)
    return action
  }
}

/** Plays a tape through the environment. */
export function playTape(env: VectorEnv, tape: Tape): void {
  env.reset(tape.seed, tape.firstRow)
  for (let t = 0; t < tape.steps; t++) env.step(tape.actions[t])
}

export interface BareLoop extends Disposable {
  /** Plays the whole tape. */
  run(): void
  /** Throws when the last run did not end exactly where the environment did, bit by bit. */
  verify(): void
}

export async function bareLoop(tape: Tape): Promise<BareLoop> {
  const { mjcf, frameSkip, contactForces } = envById(tape.env).physics as PhysicsFacts
  const mujoco = await loadMujoco()
  const mj = mujoco.bindings
  const model = compileModel(mujoco, await readModel(new URL(mjcf)))
  const datas = Array.from({ length: tape.rows }, () => new mj.MjData(model))
  const views = datas.map(
    ({ qpos, qvel, ctrl, mocap_pos, mocap_quat }) => ({ qpos, qvel, ctrl, mocap_pos, mocap_quat }) as Pose,
  )

  const drive = (n: number, driven: Driven): void => {
    const into = views[n]
    for (const name of DRIVEN) {
      const [from, to] = [driven[name], into[name]]
      for (let i = 0; i < to.length; i++) to[i] = from[i]
    }
  }
  const start = (n: number, pose: Pose): void => {
    mj.mj_resetData(model, datas[n])
    views[n].qpos.set(pose.qpos)
    views[n].qvel.set(pose.qvel)
    drive(n, pose)
    mj.mj_forward(model, datas[n])
  }
  const step = (n: number, driven: Driven): void => {
    const data = datas[n]
    drive(n, driven)
    for (let i = 0; i < frameSkip; i++) mj.mj_step(model, data)
    if (contactForces) mj.mj_rnePostConstraint(model, data)
  }
  return {
    run() {
      for (let n = 0; n < tape.rows; n++) start(n, tape.starts[0][n] as Pose)
      for (let t = 0; t < tape.steps; t++) {
        const starts = tape.starts[t + 1]
        const driven = tape.controls[t]
        for (let n = 0; n < tape.rows; n++) {
          const pose = starts[n]
          if (pose === undefined) step(n, driven[n])
          else start(n, pose)
        }
      }
    },
    verify() {
      for (let n = 0; n < tape.rows; n++) {
        const same = views[n].qpos.every((x, i) => x === tape.end[n].qpos[i])
        if (!same) throw new Error(`The bare loop of ${tape.env} went another way than the environment.`)
      }
    },
    [Symbol.dispose]() {
      for (const data of datas) data.delete()
      model.delete()
    },
  }
}
