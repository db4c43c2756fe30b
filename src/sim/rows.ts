/**
 * What all environments have in common, whatever computes their dynamics: N rows with one clock each, next-step
 * autoreset, clipping of actions, and states that can be saved and put back to the bit.
 */
import type { Fault, Keyframe, VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'
import type { ResetFree } from './definition.ts'
import { Disturbance } from './disturbance.ts'
import { fieldsOf, type Readouts, RowReader } from './fields.ts'
import { copy } from './numbers.ts'

/** Blocks of random numbers set aside for each reset; no reset comes near to using them up. */
const RESET_BLOCKS = 65536

/** Faults kept until they are asked for: where one row diverges, many do, for the same reason. */
const KEPT_FAULTS = 4

/** Numbers in front of a saved state; the physics, the observation and the signals follow. */
export const STATE_HEAD = [
  'stepInEpisode',
  'episode',
  'terminated',
  'truncated',
  'restarted',
  'diverged',
] as const

export interface RowsSetup<Sim> {
  readonly spec: EnvSpec
  readonly size: number
  readonly scene: SceneSpec
  readonly keyframes: readonly Keyframe[]
  readonly obs: Readouts<Sim>
  readonly signals: Readouts<Sim>
  readonly resetFree?: ResetFree<Sim>
  /** Numbers of a row's physics: what the next step depends on, but for counters and flags. */
  readonly physicsSize: number
}

export abstract class Rows<Sim> implements VectorEnv {
  readonly spec: EnvSpec
  readonly size: number
  readonly scene: SceneSpec
  readonly keyframes: readonly Keyframe[]
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

  private readonly obsReader: RowReader<Sim>
  private readonly signalReader: RowReader<Sim>
  private readonly resetFree: ResetFree<Sim> | undefined
  private readonly physicsSize: number
  /** Observations seen at once, and numbers of them all. */
  private readonly frames: number
  private readonly obsWidth: number
  /** Control steps of the dynamics that an action holds for. */
  private readonly repeat: number
  protected readonly disturbance: Disturbance | undefined
  /** [A] */
  private readonly low: Float64Array
  private readonly high: Float64Array
  /** [N] of the resets. */
  private rngs: readonly Rng[] = []
  /** [N, physicsSize] before the step under way. */
  private readonly sound: Float64Array
  private faults: Fault[] = []

  protected constructor(setup: RowsSetup<Sim>) {
    const { spec, size, scene, keyframes, obs, signals, resetFree, physicsSize } = setup
    this.spec = spec
    this.size = size
    this.scene = scene
    this.keyframes = keyframes
    this.obsReader = new RowReader(obs)
    this.signalReader = new RowReader(signals)
    this.resetFree = resetFree
    this.physicsSize = physicsSize
    this.low = Float64Array.from(spec.action.low)
    this.high = Float64Array.from(spec.action.high)
    const { frameStack = 1, actionRepeat = 1 } = spec.wrapping ?? {}
    this.frames = frameStack
    this.obsWidth = frameStack * this.obsReader.width
    this.repeat = actionRepeat
    if (spec.wrapping !== undefined) {
      this.disturbance = new Disturbance(spec.action, fieldsOf(obs), spec.wrapping, size)
    }
    this.stateSize =
      STATE_HEAD.length +
      (this.disturbance?.size ?? 0) +
      physicsSize +
      this.obsWidth +
      this.signalReader.width
    this.obs = new Float64Array(size * this.obsWidth)
    this.signals = new Float64Array(size * this.signalReader.width)
    this.applied = new Float64Array(size * this.low.length)
    this.terminated = new Uint8Array(size)
    this.truncated = new Uint8Array(size)
    this.restarted = new Uint8Array(size)
    this.stepInEpisode = new Int32Array(size)
    this.episode = new Int32Array(size)
    this.diverged = new Int32Array(size)
    this.sound = new Float64Array(size * physicsSize)
  }

  /** What readouts of a row read from. */
  protected abstract sim(n: number): Sim
  /** Called before rows are touched. Throws when they were disposed of. */
  protected abstract enter(): void
  /** False when the dynamics diverged, so that nothing can go on from here. */
  protected abstract isSound(n: number): boolean
  /** Puts a row into a random start. */
  protected abstract start(n: number, rng: Rng): void
  /** Puts a row into a pose, from rest. */
  protected abstract place(n: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void
  /** One control step under `action[at…]`, which is finite and in range; false when the dynamics diverged. */
  protected abstract advance(n: number, action: Float64Array, at: number): boolean
  /** The action was not finite: nothing may push. */
  protected abstract release(n: number): void
  protected abstract isTerminal(n: number): boolean
  /** Writes `physicsSize` numbers. */
  protected abstract savePhysics(n: number, out: Float64Array, at: number): void
  protected abstract loadPhysics(n: number, state: Float64Array, at: number): void
  abstract getPose(row: number): { qpos: Float64Array; qvel: Float64Array }
  abstract bodyPoses(row: number, out: Float32Array): void
  abstract [Symbol.dispose](): void

  reset(seed: number, firstRow = 0): void {
    this.enter()
    this.rngs = Array.from({ length: this.size }, (_, n) => new Rng(seed, STREAM.reset, firstRow + n))
    this.disturbance?.seed(seed, firstRow)
    this.diverged.fill(0)
    this.faults = []
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
    this.enter()
    for (let n = 0; n < this.size; n++) {
      if (this.terminated[n] !== 0 || this.truncated[n] !== 0) this.begin(n, this.episode[n] + 1)
      else this.stepRow(n, actions)
    }
  }

  /** Starts an episode. */
  private begin(n: number, episode: number): void {
    this.episode[n] = episode
    const rng = this.rngs[n].seek(episode * RESET_BLOCKS)
    const { resetFree } = this
    const isReset = resetFree === undefined || episode % resetFree.episodesPerReset === 0
    const fresh = isReset || !this.isSound(n)
    this.disturbance?.start(n, episode, fresh)
    if (fresh) this.start(n, rng)
    else resetFree.next(this.sim(n), rng)
    this.restarted[n] = 1
    this.settle(n)
  }

  /** Makes a fresh pose the row's current state. */
  private settle(n: number): void {
    this.stepInEpisode[n] = 0
    this.terminated[n] = 0
    this.truncated[n] = 0
    this.applied.fill(0, n * this.low.length, (n + 1) * this.low.length)
    this.read(n)
    // There was nothing before: what was seen first counts as seen all along.
    const O = this.obsWidth / this.frames
    const at = n * this.obsWidth
    for (let past = 1; past < this.frames; past++) copy(this.obs, at, this.obs, at + past * O, O)
  }

  private stepRow(n: number, actions: Float32Array | Float64Array): void {
    this.restarted[n] = 0
    this.savePhysics(n, this.sound, n * this.physicsSize)
    this.stepInEpisode[n]++
    if (this.clip(n, actions) && this.perform(n)) {
      this.read(n)
      this.terminated[n] = this.isTerminal(n) ? 1 : 0
      this.truncated[n] = this.stepInEpisode[n] >= this.spec.maxSteps ? 1 : 0
    } else {
      // The successor is unknown; the columns keep the last state that was sound.
      this.diverged[n]++
      if (this.faults.length < KEPT_FAULTS) this.faults.push(this.fault(n, actions))
      this.truncated[n] = 1
    }
  }

  /** What a row was and did before it diverged. */
  private fault(n: number, actions: Float32Array | Float64Array): Fault {
    const A = this.low.length
    const step = this.stepInEpisode[n] - 1
    const state = new Float64Array(this.stateSize)
    this.getState(n, state)
    state[STATE_HEAD.indexOf('stepInEpisode')] = step
    state[STATE_HEAD.indexOf('diverged')]--
    const physics = STATE_HEAD.length + (this.disturbance?.size ?? 0)
    copy(this.sound, n * this.physicsSize, state, physics, this.physicsSize)
    const action = Float64Array.from(actions.subarray(n * A, (n + 1) * A))
    return { row: n, episode: this.episode[n], step, state, action }
  }

  takeFaults(): Fault[] {
    const { faults } = this
    this.faults = []
    return faults
  }

  /** Performs a row's clipped action, for as many of the environment's steps as it holds; false when it diverged. */
  private perform(n: number): boolean {
    const at = n * this.low.length
    this.disturbance?.disturbAction(n, this.episode[n], this.stepInEpisode[n], this.applied, at)
    for (let i = 1; i <= this.repeat; i++) {
      if (!this.advance(n, this.applied, at)) return false
      if (i < this.repeat && this.isTerminal(n)) break
    }
    return true
  }

  /** Clips a row's action into `applied`; false when it is not finite. */
  private clip(n: number, actions: Float32Array | Float64Array): boolean {
    const { low, high, applied } = this
    const A = low.length
    const at = n * A
    let zero = 0
    for (let a = 0; a < A; a++) {
      const wanted = actions[at + a]
      applied[at + a] = Math.max(low[a], Math.min(high[a], wanted))
      zero += wanted - wanted // NaN for NaN and for infinity
    }
    if (zero === 0) return true
    applied.fill(0, at, at + A)
    this.release(n)
    return false
  }

  private read(n: number): void {
    const sim = this.sim(n)
    const at = n * this.obsWidth
    const O = this.obsReader.width
    if (this.frames > 1) this.obs.copyWithin(at + O, at, at + this.obsWidth - O)
    this.obsReader.read(sim, this.obs, at)
    this.disturbance?.disturbObs(n, this.obs, at)
    this.signalReader.read(sim, this.signals, n * this.signalReader.width)
  }

  getState(row: number, out: Float64Array): void {
    this.enter()
    const head = STATE_HEAD.length
    STATE_HEAD.forEach((column, i) => {
      out[i] = this[column][row]
    })
    this.disturbance?.save(row, out, head)
    const physics = head + (this.disturbance?.size ?? 0)
    this.savePhysics(row, out, physics)
    const O = this.obsWidth
    const S = this.signalReader.width
    // Stored, not derived: some readouts belong to a force evaluation that is over.
    copy(this.obs, row * O, out, physics + this.physicsSize, O)
    copy(this.signals, row * S, out, physics + this.physicsSize + O, S)
  }

  setState(row: number, state: Float64Array): void {
    if (state.length !== this.stateSize) {
      throw new CarrotError(
        'bad-argument',
        `A state of ${state.length} numbers was given to ${this.spec.id}, whose states have ${this.stateSize}.`,
        'It was saved by another environment or version.',
      )
    }
    this.enter()
    const head = STATE_HEAD.length
    STATE_HEAD.forEach((column, i) => {
      this[column][row] = state[i]
    })
    this.disturbance?.load(row, state, head)
    const physics = head + (this.disturbance?.size ?? 0)
    this.loadPhysics(row, state, physics)
    const O = this.obsWidth
    const S = this.signalReader.width
    copy(state, physics + this.physicsSize, this.obs, row * O, O)
    copy(state, physics + this.physicsSize + O, this.signals, row * S, S)
  }

  setPose(row: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    const has = this.getPose(row)
    checkPose('qpos', qpos, has.qpos.length)
    checkPose('qvel', qvel, has.qvel.length)
    this.disturbance?.start(row, this.episode[row], true)
    this.place(row, qpos, qvel)
    this.restarted[row] = 0
    this.settle(row)
  }
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
