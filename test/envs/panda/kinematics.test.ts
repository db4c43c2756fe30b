/** The arm's kinematics against those of the model, and its inverse. */
import { describe, expect, test } from 'vitest'
import { ArmKinematics, DH, JOINT_LIMITS, rotationBetween } from '../../../envs/panda/kinematics.ts'
import { liftCube } from '../../../envs/panda/liftCube.ts'
import { READY } from '../../../envs/panda/panda.ts'
import { Rng } from '../../../src/core/rng.ts'
import { readModel } from '../../../src/sim/modelFiles.ts'
import { compileModel, loadMujoco } from '../../../src/sim/mujoco.ts'
import { ModelNames, takeViews } from '../../../src/sim/views.ts'
import { signal } from '../look.ts'

/** Where the base stands in the tasks at the table, m. */
const BASE = [-0.615, 0, 0]
const MODEL = new URL('../../../envs/panda/liftCube.xml', import.meta.url)

/** Joint angles all over the limits. */
function someAngles(count: number): number[][] {
  const rng = new Rng(3, 1)
  return Array.from({ length: count }, () => JOINT_LIMITS.map(([low, high]) => rng.range(low, high)))
}

describe('forward kinematics', () => {
  test('stretched up, the flange is where the sums of the published lengths put it', () => {
    const arm = new ArmKinematics()
    arm.forward([0, 0, 0, 0, 0, 0, 0])
    const up = DH.reduce((sum, [, d]) => sum + d, 0)
    expect(arm.position[0]).toBeCloseTo(0.088, 12)
    // The hand points down again at joint angles 0.
    expect(arm.position[2]).toBeCloseTo(up - 0.107 - 0.1034, 12)
  })

  test('is that of the model', async () => {
    const mujoco = await loadMujoco()
    const model = compileModel(mujoco, await readModel(MODEL))
    const data = new mujoco.bindings.MjData(model)
    const names = new ModelNames(model)
    const { qpos, site_xpos, site_xmat } = takeViews(data, model, names)
    const site = names.site('tcp')
    const arm = new ArmKinematics()
    try {
      for (const angles of someAngles(20)) {
        qpos.set(angles)
        mujoco.bindings.mj_kinematics(model, data)
        arm.forward(angles)
        for (let i = 0; i < 3; i++) expect(arm.position[i] + BASE[i]).toBeCloseTo(site_xpos[3 * site + i], 9)
        for (let i = 0; i < 9; i++) expect(arm.rotation[i]).toBeCloseTo(site_xmat[9 * site + i], 9)
      }
      // The joints of the model end where Franka's do.
      JOINT_LIMITS.forEach((limits, i) => {
        expect(Array.from(model.jnt_range.subarray(2 * i, 2 * i + 2))).toEqual([...limits])
      })
    } finally {
      data.delete()
      model.delete()
    }
  })

  test('its jacobian is its derivative', () => {
    const arm = new ArmKinematics()
    const step = 1e-6
    for (const angles of someAngles(5)) {
      for (let joint = 0; joint < 7; joint++) {
        const moved = angles.map((q, i) => (i === joint ? q + step : q))
        arm.forward(moved)
        const [to, after] = [arm.position.slice(), arm.rotation.slice()]
        arm.forward(angles)
        const turn = new Float64Array(3)
        rotationBetween(arm.rotation, after, turn, 0)
        for (let k = 0; k < 3; k++) {
          expect((to[k] - arm.position[k]) / step).toBeCloseTo(arm.jacobian[7 * k + joint], 4)
          expect(turn[k] / step).toBeCloseTo(arm.jacobian[7 * (3 + k) + joint], 4)
        }
      }
    }
  })
})

describe('inverse kinematics', () => {
  test('reaches full steps in every direction', () => {
    const arm = new ArmKinematics()
    const rng = new Rng(4, 1)
    for (let trial = 0; trial < 30; trial++) {
      const angles = READY.map(q => q + rng.range(-0.3, 0.3))
      const delta = Float64Array.from({ length: 6 }, () => rng.range(-0.1, 0.1))
      const out = new Float64Array(7)
      arm.forward(angles)
      const [from, before] = [arm.position.slice(), arm.rotation.slice()]
      arm.move(angles, 0, delta, 0, out)
      arm.forward(out)
      const turn = new Float64Array(3)
      rotationBetween(before, arm.rotation, turn, 0)
      for (let k = 0; k < 3; k++) {
        expect(Math.abs(arm.position[k] - from[k] - delta[k])).toBeLessThan(5e-3)
        expect(Math.abs(turn[k] - delta[3 + k])).toBeLessThan(5e-3)
      }
    }
  })

  test('stays within the joint limits where it cannot reach', () => {
    const arm = new ArmKinematics()
    let angles = Float64Array.from(READY)
    for (let step = 0; step < 40; step++) {
      const out = new Float64Array(7)
      arm.move(angles, 0, [0.1, 0.02, 0.03, 0, 0, 0], 0, out)
      angles = out
      JOINT_LIMITS.forEach(([low, high], i) => {
        expect(angles[i]).toBeGreaterThanOrEqual(low)
        expect(angles[i]).toBeLessThanOrEqual(high)
      })
    }
  })
})

describe('control', () => {
  /** Where the gripper goes under a constant action, m. */
  async function travel(control: string, action: readonly number[], steps: number): Promise<number[]> {
    using env = await liftCube.configure({ control }).make(1)
    const { qpos, qvel } = env.keyframes[0]
    env.setPose(0, qpos, qvel)
    const from = signal(env, 'tcpPosition')
    for (let t = 0; t < steps; t++) env.step(Float64Array.from(action))
    return signal(env, 'tcpPosition').map((x, i) => x - from[i])
  }

  test('moves the gripper along the axes of the base', async () => {
    for (const [axis, sign] of [
      [0, 1],
      [1, -1],
      [2, 1],
    ]) {
      const shift = await travel(
        'ee-delta',
        [0, 1, 2, 3, 4, 5, 6].map(i => (i === axis ? 0.3 * sign : 0)),
        8,
      )
      expect(sign * shift[axis]).toBeGreaterThan(0.04)
      for (const other of [0, 1, 2].filter(i => i !== axis)) {
        expect(Math.abs(shift[other])).toBeLessThan(0.2 * Math.abs(shift[axis]))
      }
    }
  })

  test('turns single joints', async () => {
    using env = await liftCube.configure({ control: 'joint-delta' }).make(1)
    const { qpos, qvel } = env.keyframes[0]
    env.setPose(0, qpos, qvel)
    for (let t = 0; t < 10; t++) env.step(Float64Array.from([0, 0, 0, 0, 0, 0, 1, 0]))
    const turned = signal(env, 'jointAngles').map((q, i) => q - qpos[i])
    expect(turned[6]).toBeGreaterThan(0.3)
    for (let i = 0; i < 6; i++) expect(Math.abs(turned[i])).toBeLessThan(0.02)
  })

  test('holds still under no action, against gravity', async () => {
    const shift = await travel('ee-delta', [0, 0, 0, 0, 0, 0, 1], 100)
    for (const x of shift) expect(Math.abs(x)).toBeLessThan(1e-3)
  })
})
