/** The arm of the Sawyer: its links and limits, how far and how exactly it reaches, how it is stopped. */
import { beforeAll, describe, expect, test } from 'vitest'
import { envById } from '../../../envs/index.ts'
import type { VectorEnv } from '../../../src/core/env.ts'
import { readModel } from '../../../src/sim/modelFiles.ts'
import { compileModel, loadMujoco, type MjModel } from '../../../src/sim/mujoco.ts'
import { ModelNames } from '../../../src/sim/views.ts'
import { round, signal } from '../look.ts'

const A = 4
const repeat = (env: VectorEnv, action: readonly number[], steps: number) => {
  const all = Float64Array.from({ length: env.size * A }, (_, i) => action[i % A])
  for (let t = 0; t < steps; t++) env.step(all)
}

describe('the arm', () => {
  let model: MjModel
  let names: ModelNames
  beforeAll(async () => {
    const mujoco = await loadMujoco()
    const url = new URL('../../../envs/sawyer/button.xml', import.meta.url)
    model = compileModel(mujoco, await readModel(url))
    names = new ModelNames(model)
    return () => model.delete()
  })

  test('has the joint limits of a Sawyer', () => {
    const range = model.jnt_range as Float64Array
    const limits = [0, 1, 2, 3, 4, 5, 6].map(j => {
      const at = 2 * names.joint(`j${j}`)
      return [range[at], range[at + 1]]
    })
    expect(limits).toEqual([
      [-3.0503, 3.0503],
      [-3.8095, 2.2736],
      [-3.0426, 3.0426],
      [-3.0439, 3.0439],
      [-2.9761, 2.9761],
      [-2.9761, 2.9761],
      [-4.7124, 4.7124],
    ])
  })

  test('has its link lengths: stretched out, the flange is where the published offsets add up to', async () => {
    using env = await envById('button-press').make(1)
    env.setPose(0, new Float64Array(10), new Float64Array(10))
    // Along the arm 81 + 400 + 400 + 134.5 mm, beside it 192.5 − 168.5 + 136.3 mm, up 317 mm; the hand 105 mm further.
    const [x, y, z] = signal(env, 'handPosition')
    expect(x).toBeCloseTo(-0.1603, 3)
    expect(y).toBeCloseTo(0.081 + 0.4 + 0.4 + 0.1345 + 0.105, 3)
    expect(z).toBeCloseTo(0.317, 3)
  })

  test('starts where it is said to, with the gripper open and pointing down', async () => {
    const starts: [string, number[]][] = [
      ['button-press', [0, 0.4, 0.2]],
      ['drawer-open', [0, 0.6, 0.2]],
      ['door-close', [-0.5, 0.6, 0.2]],
    ]
    for (const [id, place] of starts) {
      using env = await envById(id).make(1)
      signal(env, 'handPosition').forEach((p, i) => {
        expect(p, id).toBeCloseTo(place[i], 2)
      })
      expect(signal(env, 'gripperOpening')[0]).toBeCloseTo(0.084, 3)
      const [tip, hand] = [signal(env, 'tipPosition'), signal(env, 'handPosition')]
      expect(Math.hypot(tip[0] - hand[0], tip[1] - hand[1])).toBeLessThan(0.002)
      expect(hand[2] - tip[2]).toBeCloseTo(0.045, 3)
      repeat(env, [0, 0, 0, 0], 40)
      expect(Math.hypot(...signal(env, 'handPosition').map((p, i) => p - place[i]))).toBeLessThan(0.003)
    }
  })

  test('reaches what lies on the table, to the millimetre or so', async () => {
    const places = [
      [-0.4, 0.5, 0.1],
      [0.4, 0.5, 0.1],
      [0, 0.45, 0.4],
      [0, 0.8, 0.1],
      [0.25, 0.75, 0.2],
      [-0.25, 0.75, 0.2],
    ]
    using env = await envById('sweep-into').make(places.length)
    const actions = new Float64Array(places.length * A)
    for (let t = 0; t < 150; t++) {
      places.forEach((place, n) => {
        const target = signal(env, 'handTarget', n)
        place.forEach((p, i) => {
          actions[n * A + i] = (p - target[i]) / 0.01
        })
      })
      env.step(actions)
    }
    places.forEach((place, n) => {
      expect(signal(env, 'handTarget', n).map(round)).toEqual(place)
      const off = Math.hypot(...signal(env, 'handPosition', n).map((p, i) => p - place[i]))
      expect(off, String(place)).toBeLessThan(0.006)
    })
  })

  test('moves a centimetre a step at most, within bounds', async () => {
    using env = await envById('sweep-into').make(1)
    const from = signal(env, 'handTarget')
    repeat(env, [-1, -1, 0.5, 0], 1)
    expect(signal(env, 'handTarget').map((p, i) => p - from[i])).toEqual([
      expect.closeTo(-0.01, 9),
      expect.closeTo(-0.01, 9),
      expect.closeTo(0.005, 9),
    ])
    repeat(env, [-1, -1, 1, 0], 150)
    expect(signal(env, 'handTarget')).toEqual([-0.5, 0.4, 0.5])
    repeat(env, [0, 0, -1, 0], 150)
    expect(signal(env, 'handTarget')[2]).toBe(0.05)
    // The fingers do not go into the table.
    expect(signal(env, 'tipPosition')[2]).toBeGreaterThan(0)
  })

  test('opens and closes its gripper', async () => {
    using env = await envById('sweep-into').make(1)
    repeat(env, [0, 0, 0, 1], 30)
    expect(signal(env, 'gripperOpening')[0]).toBeCloseTo(0, 2)
    repeat(env, [0, 0, 0, -1], 30)
    expect(signal(env, 'gripperOpening')[0]).toBeCloseTo(0.084, 2)
  })

  test('is stopped by what does not move, and stays whole', async () => {
    using env = await envById('button-press').make(1)
    env.reset(3)
    // Against the box, beside the button, with all it has.
    for (let t = 0; t < 250; t++) {
      const [hx, , hz] = signal(env, 'handTarget')
      const [bx] = signal(env, 'objectPosition')
      env.step(Float64Array.of((bx + 0.07 - hx) / 0.01, 1, (0.15 - hz) / 0.01, 1))
    }
    expect(env.diverged[0]).toBe(0)
    const [, face] = signal(env, 'goalPosition')
    // The front of the box lies 3.3 cm behind the goal; the wrist is as thick as 4.5 cm.
    expect(signal(env, 'tipPosition')[1]).toBeLessThan(face + 0.033 + 0.01)
    const lead = signal(env, 'handTarget').map((p, i) => Math.abs(p - signal(env, 'handPosition')[i]))
    expect(Math.max(...lead)).toBeLessThan(0.1)
    expect(signal(env, 'success')).toEqual([0])
  })
})
