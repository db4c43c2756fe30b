/**
 * `carrot bench poses`: how long motors hold each goal pose of `humanoid-pose`, from its keyframe and from near it, and
 * how often simple policies reach it from the start. Judged by the environment's own predicates.
 */
import { hold } from '../envs/humanoidPose/expert.ts'
import { GOALS, type Goal } from '../envs/humanoidPose/goals.ts'
import { humanoidPose } from '../envs/humanoidPose/humanoidPose.ts'
import { Rng, STREAM } from '../src/core/rng.ts'
import { layoutOf } from '../src/core/spec.ts'
import { expertActor, SIMPLE_POLICIES, solve } from '../src/solve.ts'
import { type BenchResult, median } from './result.ts'

const EPISODES = 100
const SEED = 1
/** Starts near a keyframe, and the half width of the noise on it, rad and m and per second. */
const NEAR = 20
const NOISE = 0.01

export default async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const goal of Object.keys(GOALS) as Goal[]) {
    const task = humanoidPose.configure({ goal, textured: false })
    const exact = await stepsHeld(goal, 1, 0)
    const near = await stepsHeld(goal, NEAR, NOISE)
    results.push({ case: `${goal}, held from its keyframe`, value: exact[0], unit: 'steps' })
    results.push({ case: `${goal}, held from near it, median`, value: median(near), unit: 'steps' })
    results.push({ case: `${goal}, held from near it, least`, value: Math.min(...near), unit: 'steps' })
    for (const policy of SIMPLE_POLICIES) {
      if (policy === 'expert' && task.expert === undefined) continue
      const { successRate } = await solve(task, policy, { episodes: EPISODES, seed: SEED })
      results.push({ case: `${goal}, ${policy}`, value: 100 * successRate, unit: '% success' })
    }
  }
  return results
}

/** Of an episode that starts at the keyframe with noise on all but the height, for every row. */
async function stepsHeld(goal: Goal, rows: number, noise: number): Promise<number[]> {
  using env = await humanoidPose.configure({ goal, textured: false }).make(rows)
  const { width, slots } = layoutOf(env.spec.signals)
  const keyframe = env.keyframes.find(({ name }) => name === goal)
  if (keyframe === undefined) throw new Error(`There is no keyframe ${goal}.`)
  for (let row = 0; row < rows; row++) {
    const rng = new Rng(SEED, STREAM.reset, row)
    const near = (value: number) => value + rng.range(-noise, noise)
    const qpos = keyframe.qpos.map((q, i) => (i === 2 ? q : near(q)))
    env.setPose(row, qpos, keyframe.qvel.map(near))
  }
  const act = expertActor(hold(keyframe.qpos.slice(7)), env)
  const A = env.spec.action.low.length
  const actions = new Float64Array(rows * A)
  const steps = Array<number>(rows).fill(0)
  for (let t = 0; t < env.spec.maxSteps; t++) {
    for (let row = 0; row < rows; row++) act(row, actions.subarray(row * A, (row + 1) * A))
    env.step(actions)
    for (let row = 0; row < rows; row++) steps[row] += env.signals[row * width + slots[goal].offset]
  }
  return steps
}
