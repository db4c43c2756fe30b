/**
 * N simulations of one MuJoCo model, stepped together. Everything is allocated when they are made: first all
 * simulations, then the views of their arrays, because every allocation may grow the heap and detach the views.
 */
import type { DoubleBuffer } from '@mujoco/mujoco'
import { CarrotError } from '../core/errors.ts'
import type { Rng } from '../core/rng.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'
import { hasFactors } from '../core/wrapping.ts'
import type { MujocoDefinition } from './definition.ts'
import { engineError, type MjData, type MjModel, type Mujoco } from './mujoco.ts'
import { copy, zeroIfFinite } from './numbers.ts'
import { PhysicsFactors } from './physicsFactors.ts'
import { Rows } from './rows.ts'
import { areDetached, keyframesOf, ModelNames, refreshViews, takeViews, type Views } from './views.ts'

/** Where the clock of an episode starts, s: MuJoCo resets what blows up to time 0, which has to look different. */
const START_TIME = 1
/** Share of a simulation's arena beyond which contacts are in danger of being dropped silently. */
const ARENA_LIMIT = 0.9
/** The physics state of most models, in MuJoCo's order, after the time. */
const STATE_ARRAYS = [
  'qpos',
  'qvel',
  'act',
  'qacc_warmstart',
  'eq_active',
  'mocap_pos',
  'mocap_quat',
  'userdata',
] as const

export interface Compiled {
  readonly mujoco: Mujoco
  /** The rows take it over: disposing of them deletes it. */
  readonly model: MjModel
  readonly scene: SceneSpec
}

export class MujocoRows extends Rows<Views> {
  private readonly definition: MujocoDefinition
  /** Hidden from whoever prints the rows: reading all its properties aborts the module. */
  readonly #mujoco: Mujoco
  /** One for all rows, or one each where their physics is randomised. */
  private readonly models: readonly MjModel[]
  private readonly factors: PhysicsFactors | undefined
  /** One simulation per row, and its arrays. */
  private readonly datas: readonly MjData[]
  private readonly views: readonly Views[]
  /** Physics timestep, s. */
  private readonly timestep: number
  /** [N] simulated time after the last step, s. */
  private readonly clock: Float64Array
  /** What MuJoCo writes a state into; it silently ignores a JavaScript array. */
  private readonly buffer: DoubleBuffer
  private readonly stateParts: number
  /** The physics state is the time and STATE_ARRAYS, and nothing more. */
  private readonly isPlain: boolean
  private disposed = false

  constructor({ mujoco, model, scene }: Compiled, definition: MujocoDefinition, spec: EnvSpec, size: number) {
    const { bindings } = mujoco
    // Controls and applied forces are left out: every step writes the former, nobody here the latter.
    const parts = bindings.mjtState
    const stateParts =
      parts.mjSTATE_INTEGRATION.value &
      ~(parts.mjSTATE_CTRL.value | parts.mjSTATE_QFRC_APPLIED.value | parts.mjSTATE_XFRC_APPLIED.value)
    const physicsSize: number = bindings.mj_stateSize(model, stateParts)
    const names = new ModelNames(model)
    const keyframes = keyframesOf(model, names)
    const { obs, signals, resetFree } = definition
    super({ spec, size, scene, keyframes, physicsSize, obs, signals, resetFree })
    this.#mujoco = mujoco
    this.definition = definition
    this.stateParts = stateParts
    if (hasFactors(spec.wrapping ?? {})) this.factors = new PhysicsFactors(mujoco, model)
    const own = this.factors !== undefined
    this.models = Array.from({ length: size }, (_, n) => (own && n > 0 ? new bindings.MjModel(model) : model))
    this.datas = this.models.map(model => new bindings.MjData(model))
    this.buffer = new bindings.DoubleBuffer(physicsSize)
    this.views = this.datas.map((data, n) => takeViews(data, this.models[n], names))
    this.isPlain = physicsSize === STATE_ARRAYS.reduce((sum, name) => sum + this.views[0][name].length, 1)
    this.timestep = model.opt.timestep
    this.clock = new Float64Array(size)
  }

  /** The arrays of a row, for tools that look at the simulation itself. */
  arrays(row: number): Views {
    this.enter()
    return this.views[row]
  }

  protected sim(n: number): Views {
    return this.views[n]
  }

  protected isSound(n: number): boolean {
    const { qpos, qvel } = this.views[n]
    return this.datas[n].time >= START_TIME && zeroIfFinite(qpos) + zeroIfFinite(qvel) === 0
  }

  protected start(n: number, rng: Rng): void {
    this.checkArena(n)
    this.randomise(n)
    this.#mujoco.bindings.mj_resetData(this.models[n], this.datas[n])
    this.definition.start(this.views[n], rng)
    this.forward(n)
  }

  protected place(n: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    const views = this.views[n]
    this.randomise(n)
    this.#mujoco.bindings.mj_resetData(this.models[n], this.datas[n])
    views.qpos.set(qpos)
    views.qvel.set(qvel)
    this.forward(n)
  }

  /** Gives a row the physics that was drawn for it. */
  private randomise(n: number): void {
    this.factors?.apply(this.models[n], this.datas[n], i => this.disturbance?.factor(n, i) ?? 1)
  }

  /** Computes everything that follows from a fresh pose. */
  private forward(n: number): void {
    const data = this.datas[n]
    try {
      this.#mujoco.bindings.mj_forward(this.models[n], data)
    } catch (error) {
      throw engineError(this.#mujoco, error)
    }
    data.time = START_TIME
    this.clock[n] = START_TIME
    this.definition.update?.(this.views[n])
  }

  protected advance(n: number, action: Float64Array, at: number): boolean {
    const views = this.views[n]
    const { act, update } = this.definition
    if (act === undefined) copy(action, at, views.ctrl, 0, views.ctrl.length)
    else act(views, action, at)
    if (!this.simulate(n)) return false
    update?.(views)
    return true
  }

  protected release(n: number): void {
    this.views[n].ctrl.fill(0)
  }

  /** Steps the physics; false when it diverged. */
  private simulate(n: number): boolean {
    const { definition, timestep } = this
    const model = this.models[n]
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
    if (zeroIfFinite(qpos) + zeroIfFinite(qvel) !== 0) return false
    if (definition.contactForces) mj.mj_rnePostConstraint(model, data)
    if (definition.currentPositions) mj.mj_kinematics(model, data)
    return true
  }

  protected isTerminal(n: number): boolean {
    return this.definition.isTerminal(this.views[n])
  }

  protected savePhysics(n: number, out: Float64Array, at: number): void {
    if (!this.isPlain) {
      this.#mujoco.bindings.mj_getState(this.models[n], this.datas[n], this.buffer, this.stateParts)
      out.set(this.buffer.GetView(), at)
      return
    }
    // What `mj_getState` writes, for a tenth of the 11 µs that the bindings take over it.
    const views = this.views[n]
    out[at] = this.clock[n]
    let to = at + 1
    for (const name of STATE_ARRAYS) {
      copy(views[name], 0, out, to, views[name].length)
      to += views[name].length
    }
  }

  protected loadPhysics(n: number, state: Float64Array, at: number): void {
    this.randomise(n)
    const physics = this.buffer.GetView() as Float64Array
    copy(state, at, physics, 0, physics.length)
    this.#mujoco.bindings.mj_setState(
      this.models[n],
      this.datas[n],
      physics as unknown as number[],
      this.stateParts,
    )
    this.clock[n] = this.datas[n].time
  }

  getPose(row: number): { qpos: Float64Array; qvel: Float64Array } {
    this.enter()
    const { qpos, qvel } = this.views[row]
    return { qpos: qpos.slice(), qvel: qvel.slice() }
  }

  bodyPoses(row: number, out: Float32Array): void {
    this.enter()
    const { xpos, xquat } = this.views[row]
    // What was to be read of the last force evaluation has been read; stepping computes it all anew.
    this.#mujoco.bindings.mj_kinematics(this.models[row], this.datas[row])
    for (let body = 0; body < this.scene.bodies.length; body++) {
      const at = body * POSE_WIDTH
      for (let i = 0; i < 3; i++) out[at + i] = xpos[body * 3 + i]
      for (let i = 0; i < 4; i++) out[at + 3 + i] = xquat[body * 4 + i]
    }
  }

  /** Other users of the thread's MuJoCo may have made the heap grow. */
  protected enter(): void {
    if (this.disposed) {
      throw new CarrotError(
        'protocol-misuse',
        `${this.spec.id} was used after it was disposed of.`,
        'Make it anew.',
      )
    }
    if (!areDetached(this.views[0])) return
    for (let n = 0; n < this.size; n++) refreshViews(this.views[n], this.datas[n], this.models[n])
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
    for (const model of new Set(this.models)) model.delete()
  }
}
