/**
 * N simulations of one MuJoCo model, stepped together. Everything is allocated when they are made: first all
 * simulations, then the views of their arrays, because every allocation may grow the heap and detach the views.
 */
import type { DoubleBuffer } from '@mujoco/mujoco'
import type { VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'
import type { MujocoEnvDefinition } from './definition.ts'
import { RowReader } from './fields.ts'
import { engineError, type MjData, type MjModel, type Mujoco } from './mujoco.ts'
import { areDetached, ModelNames, refreshViews, takeViews, type Views } from './views.ts'

/** Blocks of random numbers set aside for each reset; no reset comes near to using them up. */
const RESET_BLOCKS = 65536
/** Where the clock of an episode starts, s: MuJoCo resets what blows up to time 0, which has to look different. */
const START_TIME = 1
/** Share of a simulation's arena beyond which contacts are in danger of being dropped silently. */
const ARENA_LIMIT = 0.9

/** Numbers in front of a saved state; the physics, the observation and the signals follow. */
export const STATE_HEAD = [
  'stepInEpisode',
  'episode',
  'terminated',
  'truncated',
  'restarted',
  'diverged',
] as const

export class MujocoRows implements VectorEnv {
  readonly spec: EnvSpec
  readonly size: number
  readonly scene: SceneSpec
  readonly stateSize: number
  readonly obs: Float64Array
  readonly signals: Float64Array
  readonly applied: Float64Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  readonly restarted: Uint8Array
  readonly stepInEpisode: Int32Array
  readonly episode: Int32Array
  readonly diverged: Int32Array

  private readonly definition: MujocoEnvDefinition
  /** Hidden from whoever prints the rows: reading all its properties aborts the module. */
  readonly #mujoco: Mujoco
  private readonly model: MjModel
  /** One simulation per row, and its arrays. */
  private readonly datas: readonly MjData[]
  private readonly views: readonly Views[]
  private readonly obsReader: RowReader
  private readonly signalReader: RowReader
  /** [A] */
  private readonly low: Float64Array
  private readonly high: Float64Array
  /** Physics timestep, s. */
  private readonly timestep: number
  /** [N] simulated time after the last step, s. */
  private readonly clock: Float64Array
  /** [N] of the resets. */
  private rngs: readonly Rng[] = []
  /** What MuJoCo writes a state into; it silently ignores a JavaScript array. */
  private readonly buffer: DoubleBuffer
  private readonly physicsSize: number
  private readonly physicsParts: number
  /** The physics state is time, qpos, qvel, act and qacc_warmstart, in that order, and nothing more. */
  private readonly isPlain: boolean
  private disposed = false

  /** Takes over the model: disposing of the rows deletes it. */
  constructor(
    mujoco: Mujoco,
    model: MjModel,
    definition: MujocoEnvDefinition,
    spec: EnvSpec,
    scene: SceneSpec,
    size: number,
  ) {
    const { bindings } = mujoco
    this.#mujoco = mujoco
    this.model = model
    this.definition = definition
    this.spec = spec
    this.scene = scene
    this.size = size
    // Controls and applied forces are left out: every step writes the former, nobody here the latter.
    const parts = bindings.mjtState
    this.physicsParts =
      parts.mjSTATE_INTEGRATION.value &
      ~(parts.mjSTATE_CTRL.value | parts.mjSTATE_QFRC_APPLIED.value | parts.mjSTATE_XFRC_APPLIED.value)
    this.physicsSize = bindings.mj_stateSize(model, this.physicsParts)
    this.datas = Array.from({ length: size }, () => new bindings.MjData(model))
    this.isPlain = this.physicsSize === 1 + model.nq + model.nv + model.na + model.nv
    this.buffer = new bindings.DoubleBuffer(this.physicsSize)
    const names = new ModelNames(model)
    this.views = this.datas.map(data => takeViews(data, names))

    this.obsReader = new RowReader(definition.obs)
    this.signalReader = new RowReader(definition.signals)
    this.low = Float64Array.from(spec.action.low)
    this.high = Float64Array.from(spec.action.high)
    this.timestep = model.opt.timestep
    this.stateSize = STATE_HEAD.length + this.physicsSize + this.obsReader.width + this.signalReader.width
    this.obs = new Float64Array(size * this.obsReader.width)
    this.signals = new Float64Array(size * this.signalReader.width)
    this.applied = new Float64Array(size * this.low.length)
    this.terminated = new Uint8Array(size)
    this.truncated = new Uint8Array(size)
    this.restarted = new Uint8Array(size)
    this.stepInEpisode = new Int32Array(size)
    this.episode = new Int32Array(size)
    this.diverged = new Int32Array(size)
    this.clock = new Float64Array(size)
  }

  reset(seed: number, firstRow = 0): void {
    this.refresh()
    this.rngs = Array.from({ length: this.size }, (_, n) => new Rng(seed, STREAM.reset, firstRow + n))
    this.diverged.fill(0)
    for (let n = 0; n < this.size; n++) this.begin(n, 0)
  }

  step(actions: Float32Array | Float64Array): void {
    if (actions.length !== this.applied.length) {
      throw new CarrotError(
        'bad-argument',
        `${actions.length} action numbers were given for ${this.size} × ${this.spec.id}, which take ${this.applied.length}.`,
        'Give one row per environment.',
      )
    }
    this.refresh()
    for (let n = 0; n < this.size; n++) {
      if (this.terminated[n] !== 0 || this.truncated[n] !== 0) this.begin(n, this.episode[n] + 1)
      else this.advance(n, actions)
    }
  }

  /** Starts an episode. */
  private begin(n: number, episode: number): void {
    this.checkArena(n)
    const { qpos, qvel } = this.views[n]
    this.#mujoco.bindings.mj_resetData(this.model, this.datas[n])
    this.definition.perturb(this.rngs[n].seek(episode * RESET_BLOCKS), qpos, qvel)
    this.episode[n] = episode
    this.restarted[n] = 1
    this.settle(n)
  }

  /** Makes a fresh pose the row's current state. */
  private settle(n: number): void {
    const data = this.datas[n]
    try {
      this.#mujoco.bindings.mj_forward(this.model, data)
    } catch (error) {
      throw engineError(this.#mujoco, error)
    }
    data.time = START_TIME
    this.clock[n] = START_TIME
    this.stepInEpisode[n] = 0
    this.terminated[n] = 0
    this.truncated[n] = 0
    this.applied.fill(0, n * this.low.length, (n + 1) * this.low.length)
    this.read(n)
  }

  /** One control step. */
  private advance(n: number, actions: Float32Array | Float64Array): void {
    this.restarted[n] = 0
    this.stepInEpisode[n]++
    if (this.control(n, actions) && this.simulate(n)) {
      this.read(n)
      this.terminated[n] = this.definition.isTerminal(this.views[n]) ? 1 : 0
      this.truncated[n] = this.stepInEpisode[n] >= this.spec.maxSteps ? 1 : 0
    } else {
      // The successor is unknown; the columns keep the last state that was sound.
      this.diverged[n]++
      this.truncated[n] = 1
    }
  }

  /** Clips and applies a row's action; false, and nothing applied, when it is not finite. */
  private control(n: number, actions: Float32Array | Float64Array): boolean {
    const { low, high, applied } = this
    const { ctrl } = this.views[n]
    const A = low.length
    const at = n * A
    let zero = 0
    for (let a = 0; a < A; a++) {
      const wanted = actions[at + a]
      const given = Math.max(low[a], Math.min(high[a], wanted))
      ctrl[a] = given
      applied[at + a] = given
      zero += wanted - wanted // NaN for NaN and for infinity
    }
    if (zero === 0) return true
    ctrl.fill(0)
    applied.fill(0, at, at + A)
    return false
  }

  /** Steps the physics; false when it diverged. */
  private simulate(n: number): boolean {
    const { model, definition, timestep } = this
    const mj = this.#mujoco.bindings
    const data = this.datas[n]
    const { frameSkip } = definition
    try {
      for (let i = 0; i < frameSkip; i++) mj.mj_step(model, data)
    } catch (error) {
      throw engineError(this.#mujoco, error)
    }
    // MuJoCo resets a simulation that blew up, without a word: its time falls back.
    const time = data.time
    const elapsed = time - this.clock[n]
    this.clock[n] = time
    if (!(elapsed > (frameSkip - 0.5) * timestep)) return false
    // What blew up in the very last physics step is found only by looking.
    const { qpos, qvel } = this.views[n]
    let zero = 0
    for (let i = 0; i < qpos.length; i++) zero += qpos[i] - qpos[i]
    for (let i = 0; i < qvel.length; i++) zero += qvel[i] - qvel[i]
    if (zero !== 0) return false
    if (definition.contactForces) mj.mj_rnePostConstraint(model, data)
    if (definition.currentPositions) mj.mj_kinematics(model, data)
    return true
  }

  private read(n: number): void {
    const views = this.views[n]
    this.obsReader.read(views, this.obs, n * this.obsReader.width)
    this.signalReader.read(views, this.signals, n * this.signalReader.width)
  }

  getState(row: number, out: Float64Array): void {
    this.refresh()
    const head = STATE_HEAD.length
    STATE_HEAD.forEach((column, i) => {
      out[i] = this[column][row]
    })
    if (this.isPlain) this.readPlainState(row, out, head)
    else {
      this.#mujoco.bindings.mj_getState(this.model, this.datas[row], this.buffer, this.physicsParts)
      out.set(this.buffer.GetView(), head)
    }
    const O = this.obsReader.width
    const S = this.signalReader.width
    // Stored, not derived: some readouts belong to a force evaluation that is over.
    copy(this.obs, row * O, out, head + this.physicsSize, O)
    copy(this.signals, row * S, out, head + this.physicsSize + O, S)
  }

  /** What `mj_getState` writes, for a tenth of the 11 µs that the bindings take over it. */
  private readPlainState(row: number, out: Float64Array, at: number): void {
    const { qpos, qvel, act, qacc_warmstart } = this.views[row]
    out[at] = this.datas[row].time
    let to = at + 1
    for (const part of [qpos, qvel, act, qacc_warmstart]) {
      copy(part, 0, out, to, part.length)
      to += part.length
    }
  }

  setState(row: number, state: Float64Array): void {
    if (state.length !== this.stateSize) {
      throw new CarrotError(
        'bad-argument',
        `A state of ${state.length} numbers was given to ${this.spec.id}, whose states have ${this.stateSize}.`,
        'It was saved by another environment or version.',
      )
    }
    this.refresh()
    const head = STATE_HEAD.length
    STATE_HEAD.forEach((column, i) => {
      this[column][row] = state[i]
    })
    const physics = this.buffer.GetView() as Float64Array
    copy(state, head, physics, 0, this.physicsSize)
    this.#mujoco.bindings.mj_setState(
      this.model,
      this.datas[row],
      physics as unknown as number[],
      this.physicsParts,
    )
    this.clock[row] = this.datas[row].time
    const O = this.obsReader.width
    const S = this.signalReader.width
    copy(state, head + this.physicsSize, this.obs, row * O, O)
    copy(state, head + this.physicsSize + O, this.signals, row * S, S)
  }

  setPose(row: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    this.refresh()
    const views = this.views[row]
    checkPose('qpos', qpos, views.qpos.length)
    checkPose('qvel', qvel, views.qvel.length)
    this.#mujoco.bindings.mj_resetData(this.model, this.datas[row])
    views.qpos.set(qpos)
    views.qvel.set(qvel)
    this.restarted[row] = 0
    this.settle(row)
  }

  getPose(row: number): { qpos: Float64Array; qvel: Float64Array } {
    this.refresh()
    const { qpos, qvel } = this.views[row]
    return { qpos: qpos.slice(), qvel: qvel.slice() }
  }

  bodyPoses(row: number, out: Float32Array): void {
    this.refresh()
    const { xpos, xquat } = this.views[row]
    // What was to be read of the last force evaluation has been read; stepping computes it all anew.
    this.#mujoco.bindings.mj_kinematics(this.model, this.datas[row])
    for (let body = 0; body < this.scene.bodies.length; body++) {
      const at = body * POSE_WIDTH
      for (let i = 0; i < 3; i++) out[at + i] = xpos[body * 3 + i]
      for (let i = 0; i < 4; i++) out[at + 3 + i] = xquat[body * 4 + i]
    }
  }

  /** Called before the heap is touched: other users of the thread's MuJoCo may have made it grow. */
  private refresh(): void {
    if (this.disposed) {
      throw new CarrotError(
        'protocol-misuse',
        `${this.spec.id} was used after it was disposed of.`,
        'Make it anew.',
      )
    }
    if (!areDetached(this.views[0])) return
    for (let n = 0; n < this.size; n++) refreshViews(this.views[n], this.datas[n])
  }

  /** MuJoCo drops contacts without a word when a simulation's arena is full. */
  private checkArena(n: number): void {
    const { maxuse_arena: used, narena: has } = this.datas[n]
    if (used <= ARENA_LIMIT * has) return
    throw new CarrotError(
      'bad-model',
      `A simulation of ${this.spec.id} used ${used} of the ${has} bytes its model gives it.`,
      'Raise <size memory="..."/> in the MJCF, or contacts get lost.',
    )
  }

  [Symbol.dispose](): void {
    if (this.disposed) return
    this.disposed = true
    for (const data of this.datas) data.delete()
    this.buffer.delete()
    // Last: a simulation needs its model even to be deleted.
    this.model.delete()
  }
}

/** Like `set(subarray())`, without the objects. */
function copy(from: Float64Array, start: number, to: Float64Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]
}

/** MuJoCo would reset on numbers as large as this (its mjMAXVAL). */
const LARGEST = 1e10

function checkPose(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) {
    throw new CarrotError(
      'bad-argument',
      `${name} has ${values.length} numbers; the model has ${length}.`,
      'Give all.',
    )
  }
  for (let i = 0; i < length; i++) {
    if (Math.abs(values[i]) <= LARGEST) continue
    throw new CarrotError(
      'bad-argument',
      `${name}[${i}] is ${values[i]}.`,
      'Give finite positions and velocities.',
    )
  }
}
