/** Makes a row's own copy of a model heavier, rougher or stronger than the model it was copied from. */
import { FACTORS, type Factor } from '../core/wrapping.ts'
import type { MjData, MjModel, Mujoco } from './mujoco.ts'

/** Arrays a factor multiplies, and which of every `of` numbers: of friction only the sliding one. */
const ARRAYS: Readonly<Record<Factor, readonly { name: string; of: number; first: number }[]>> = {
  mass: [
    { name: 'body_mass', of: 1, first: 1 },
    { name: 'body_inertia', of: 1, first: 1 },
  ],
  friction: [{ name: 'geom_friction', of: 3, first: 1 }],
  // A servo's stiffness stands in both.
  gain: [
    { name: 'actuator_gainprm', of: 10, first: 3 },
    { name: 'actuator_biasprm', of: 10, first: 3 },
  ],
  damping: [{ name: 'dof_damping', of: 1, first: 1 }],
}

export class PhysicsFactors {
  private readonly mujoco: Mujoco
  /** Arrays of the model as its author made it, by name. */
  private readonly original: ReadonlyMap<string, Float64Array>

  constructor(mujoco: Mujoco, model: MjModel) {
    this.mujoco = mujoco
    const names = Object.values(ARRAYS).flatMap(arrays => arrays.map(({ name }) => name))
    this.original = new Map(names.map(name => [name, arrayOf(model, name).slice()]))
  }

  /** Sets a model to its original times `factor(i)` for factor i of FACTORS. The simulation must be reset after it. */
  apply(model: MjModel, data: MjData, factor: (i: number) => number): void {
    FACTORS.forEach((which, f) => {
      const times = factor(f)
      for (const { name, of, first } of ARRAYS[which]) {
        const now = arrayOf(model, name)
        const original = this.original.get(name) as Float64Array
        for (let i = 0; i < now.length; i++) if (i % of < first) now[i] = times * original[i]
      }
    })
    // What the compiler derived from masses: total masses, inertia at the initial pose, scales of the solver.
    this.mujoco.bindings.mj_setConst(model, data)
  }
}

const arrayOf = (model: MjModel, name: string): Float64Array =>
  (model as unknown as Record<string, Float64Array>)[name]
