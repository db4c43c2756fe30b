/** The goal poses: what counts as one, that the body can take and keep it, and that nothing else passes for it. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hold, PLANS } from '../../envs/humanoidPose/expert.ts'
import { GOALS, type Goal, THRESHOLDS } from '../../envs/humanoidPose/goals.ts'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { programs } from '../../rewards/index.ts'
import type { VectorEnv } from '../../src/core/env.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { hasSucceeded } from '../../src/core/success.ts'
import { expertActor, solve } from '../../src/solve.ts'

const goals = Object.keys(GOALS) as Goal[]
const { slots, width } = layoutOf(humanoidPose.spec.signals)

/** Which goals are held in a row, in the order of `goals`. */
const held = (env: VectorEnv, row = 0): Goal[] =>
  goals.filter(goal => env.signals[row * width + slots[goal].offset] === 1)

function keyframe(env: VectorEnv, name: string): { qpos: number[]; qvel: number[] } {
  const found = env.keyframes.find(key => key.name === name)
  if (found === undefined) throw new Error(`no keyframe ${name}`)
  return { qpos: [...found.qpos], qvel: [...found.qvel] }
}

/** Steps in which a goal is held while the motors pull towards the angles of its keyframe. */
function stepsHeld(env: VectorEnv, goal: Goal): number {
  const { qpos, qvel } = keyframe(env, goal)
  env.setPose(0, qpos, qvel)
  const act = expertActor(hold(qpos.slice(7)), env)
  const action = new Float64Array(env.applied.length)
  let steps = 0
  for (let t = 0; t < env.spec.maxSteps; t++) {
    act(0, action)
    env.step(action)
    if (held(env).includes(goal)) steps++
  }
  return steps
}

describe('goal poses', () => {
  /** Whoever raises his arms stands, too; no other two poses are one. */
  const ALSO: Partial<Record<Goal, readonly Goal[]>> = {
    armsRaised: ['standing'],
    handsOnHips: ['standing'],
    armsCrossed: ['standing'],
  }

  test.each(goals)(
    '%s accepts its own pose, and no other goal does but for those it is a kind of',
    async goal => {
      using env = await humanoidPose.make(1)
      const { qpos, qvel } = keyframe(env, goal)
      env.setPose(0, qpos, qvel)
      expect(new Set(held(env))).toEqual(new Set([goal, ...(ALSO[goal] ?? [])]))
    },
  )

  test.each(goals)('%s rejects a near miss', async goal => {
    using env = await humanoidPose.make(1)
    const { qpos, qvel } = keyframe(env, `not-${goal}`)
    env.setPose(0, qpos, qvel)
    expect(held(env)).toEqual(ALSO[goal] ?? [])
  })

  test.each(goals)(
    '%s does not matter where it is and which way it looks, but is on the floor and at rest',
    async goal => {
      using env = await humanoidPose.make(1)
      const { qpos, qvel } = keyframe(env, goal)
      const [w, x, y, z] = qpos.slice(3, 7)
      for (const yaw of [1, -2.5]) {
        const [c, s] = [Math.cos(yaw / 2), Math.sin(yaw / 2)]
        const turned = [c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w]
        env.setPose(0, [3, -2, qpos[2], ...turned, ...qpos.slice(7)], qvel)
        expect(held(env)).toContain(goal)
      }
      env.setPose(0, [0, 0, qpos[2] + 0.1, ...qpos.slice(3)], qvel)
      expect(held(env)).toEqual([])
      const falling = qvel.map((v, i) => (i === 2 ? -0.7 : v))
      env.setPose(0, qpos, falling)
      expect(held(env)).toEqual([])
    },
  )

  test.each(goals)('%s is held for an episode by motors that pull towards it', async goal => {
    using env = await humanoidPose.make(1)
    expect(stepsHeld(env, goal)).toBe(100)
  })

  test('their thresholds are those documented', () => {
    const page = readFileSync(new URL('../../docs/poses/README.md', import.meta.url), 'utf8')
    for (const [name, value] of Object.entries(THRESHOLDS)) {
      const row = page.split('\n').find(line => line.startsWith(`| \`${name}\``))
      expect(row, name).toBeDefined()
      const [stated] = (row ?? '').split('|')[2].match(/-?[\d.]+/) ?? []
      expect(Number(stated), name).toBeCloseTo(value, 3)
    }
  })
})

describe('humanoid-pose', () => {
  test.each(goals)('can ask for %s, with the program that teaches it', goal => {
    const { spec } = humanoidPose.configure({ goal })
    const over = 0.5
    expect(spec.success).toEqual({ signal: goal, over })
    const program = programs.find(({ name }) => name === spec.defaultReward)
    expect(program?.reads).toHaveProperty(goal)
    expect(program?.succeeds).toBe(0.5)
    expect(hasSucceeded(over, { length: 100, held: 50, last: false })).toBe(true)
    expect(hasSucceeded(over, { length: 100, held: 49, last: true })).toBe(false)
  })

  test('refuses a goal it does not know', () => {
    expect(() => humanoidPose.configure({ goal: 'kneel' })).toThrow(/goal/)
  })

  test('lasts 100 steps whatever happens, and falls do not end it', async () => {
    using env = await humanoidPose.make(1)
    env.reset(3)
    const idle = new Float64Array(17)
    for (let t = 1; t <= 100; t++) {
      env.step(idle)
      expect(env.terminated[0]).toBe(0)
      expect(env.truncated[0]).toBe(t === 100 ? 1 : 0)
    }
    expect(env.signals[slots.headPosition.offset + 2]).toBeLessThan(0.5)
  })

  test('is no success by doing nothing', async () => {
    using env = await humanoidPose.make(10)
    env.reset(1)
    const idle = new Float64Array(170)
    const steps = Object.fromEntries(goals.map(goal => [goal, Array(10).fill(0)]))
    for (let t = 0; t < 100; t++) {
      env.step(idle)
      for (let row = 0; row < 10; row++) for (const goal of held(env, row)) steps[goal][row]++
    }
    for (const goal of goals) expect(Math.max(...steps[goal]), goal).toBeLessThan(50)
  })

  test.each(Object.keys(PLANS) as Goal[])('can be made to reach %s from the start', async goal => {
    const { successRate } = await solve(humanoidPose.configure({ goal }), 'expert', { episodes: 10, seed: 2 })
    expect(successRate).toBeGreaterThanOrEqual(goal === 'kneeling' ? 1 : 0.3)
  })

  test('moves the same with textures and without', async () => {
    using plain = await humanoidPose.configure({ textured: false }).make(1)
    using textured = await humanoidPose.make(1)
    for (const env of [plain, textured]) env.reset(9)
    for (let t = 0; t < 30; t++) {
      const action = Float64Array.from({ length: 17 }, (_, a) => 0.4 * Math.sin(t + a))
      plain.step(action)
      textured.step(action)
    }
    expect(textured.obs).toEqual(plain.obs)
  })

  test('starts where Gymnasium does', async () => {
    using env = await humanoidPose.make(20)
    env.reset(4)
    const { qpos } = keyframe(env, 'start')
    for (let row = 0; row < 20; row++) {
      const start = env.getPose(row)
      const off = Array.from(start.qpos, (q, i) => Math.abs(q - qpos[i]))
      expect(Math.max(...off, ...Array.from(start.qvel, Math.abs))).toBeLessThan(0.01)
    }
  })

  test('is seen by the camera of the study: 3.5 m from (0, 0, 1), 10° from above, facing it', async () => {
    using env = await humanoidPose.make(1)
    const camera = env.scene.cameras.find(({ name }) => name === 'vlm')
    if (camera === undefined) throw new Error('no camera vlm')
    const [x, y, z] = camera.position
    expect(Math.hypot(x, y, z - 1)).toBeCloseTo(3.5, 3)
    expect(Math.asin((z - 1) / 3.5)).toBeCloseTo((10 * Math.PI) / 180, 3)
    expect(y).toBe(0)
    expect(x).toBeGreaterThan(0)
    expect(camera.mode).toBe('fixed')
    // The point looked at lies on the line through (0, 0, 1).
    const [tx, , tz] = camera.target
    expect((z - tz) / (x - tx)).toBeCloseTo((z - 1) / x, 3)
  })
})
