/** Whether a task can be solved, and is not solved by doing nothing: success of simple policies, without any learning. */
import { type EnvDefinition, EXPERT_MEMORY, type Expert, type VectorEnv } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import { Rng, STREAM } from './core/rng.ts'
import { layoutOf } from './core/spec.ts'
import { hasSucceeded } from './core/success.ts'

export const SIMPLE_POLICIES = ['expert', 'random', 'zero'] as const
export type SimplePolicy = (typeof SIMPLE_POLICIES)[number]

export interface SolveOptions {
  readonly episodes: number
  readonly seed: number
}

export interface SolveResult {
  /** 0…1, by the environment's own criterion. */
  readonly successRate: number
  /** Control steps. */
  readonly meanLength: number
  /** Control steps until the criterion first held, over the episodes in which it did; NaN when in none. */
  readonly meanFirst: number
  readonly diverged: number
}

/** Rows stepped side by side. */
const ROWS = 10

/** Plays whole episodes from different starts. Equal options give equal results. Throws CarrotError 'unsupported'. */
export async function solve(
  definition: EnvDefinition,
  policy: SimplePolicy,
  { episodes, seed }: SolveOptions,
): Promise<SolveResult> {
  if (definition.spec.success === null) {
    throw new CarrotError(
      'unsupported',
      `${definition.spec.id} has no success criterion.`,
      'Give it one: success: { signal, over }.',
    )
  }
  using env = await definition.make(Math.min(ROWS, episodes))
  const actor = simpleActor(definition, env, policy, seed)
  const done: Played[] = []
  let diverged = 0
  const { episodesPerReset = 1 } = env.spec
  for (let first = 0; done.length < episodes; first += env.size) {
    env.reset(seed, first)
    for (let turn = 0; turn < episodesPerReset && done.length < episodes; turn++) {
      if (turn > 0) env.step(new Float64Array(env.applied.length)) // restarts all rows
      done.push(...playOnce(env, actor))
    }
    diverged += env.diverged.reduce((sum, count) => sum + count, 0)
  }
  done.length = episodes
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length
  const firsts = done.map(({ firstHeld }) => firstHeld).filter(step => step > 0)
  return {
    successRate: mean(done.map(({ success }) => (success ? 1 : 0))),
    meanLength: mean(done.map(({ length }) => length)),
    meanFirst: firsts.length === 0 ? Number.NaN : mean(firsts),
    diverged,
  }
}

/** Fills the action of a row. */
type Actor = (row: number, action: Float64Array) => void

/** Throws CarrotError 'unsupported' when there is no expert. */
export function simpleActor(
  definition: EnvDefinition,
  env: VectorEnv,
  policy: SimplePolicy,
  seed: number,
): Actor {
  const { low, high } = env.spec.action
  if (policy === 'zero') {
    return (_, action) => {
      action.fill(0)
    }
  }
  if (policy === 'random') {
    const rng = new Rng(seed, STREAM.action)
    return (_, action) => {
      for (let a = 0; a < action.length; a++) action[a] = rng.range(low[a], high[a])
    }
  }
  if (definition.expert === undefined) {
    throw new CarrotError(
      'unsupported',
      `${env.spec.id} comes with no expert.`,
      'Write one beside the environment.',
    )
  }
  return expertActor(definition.expert, env)
}

/** An expert as an actor of all rows of an environment. */
export function expertActor(expert: Expert, env: VectorEnv): Actor {
  const { width, slots } = layoutOf(env.spec.signals)
  const memory = Array.from({ length: env.size }, () => new Float64Array(EXPERT_MEMORY))
  const views = Array.from({ length: env.size }, (_, row) =>
    Object.fromEntries(
      Object.entries(slots).map(([name, slot]) => {
        const at = row * width + slot.offset
        return [name, env.signals.subarray(at, at + slot.width)]
      }),
    ),
  )
  return (row, action) => {
    if (env.stepInEpisode[row] === 0) memory[row].fill(0)
    expert(views[row], memory[row], action.fill(0))
  }
}

interface Played {
  readonly success: boolean
  readonly length: number
  /** 0 when the criterion never held. */
  readonly firstHeld: number
}

/** One episode of every row. */
function playOnce(env: VectorEnv, actor: Actor): Played[] {
  const { spec, size } = env
  const A = spec.action.low.length
  const { width, slots } = layoutOf(spec.signals)
  const { signal, over } = spec.success as NonNullable<typeof spec.success>
  const criterion = slots[signal].offset
  const actions = new Float64Array(size * A)
  const held = new Int32Array(size)
  const firstHeld = new Int32Array(size)
  const played: (Played | undefined)[] = Array(size).fill(undefined)
  for (let t = 1; played.includes(undefined); t++) {
    for (let n = 0; n < size; n++) actor(n, actions.subarray(n * A, (n + 1) * A))
    env.step(actions)
    for (let n = 0; n < size; n++) {
      if (played[n] !== undefined) continue
      const holds = env.signals[n * width + criterion] === 1
      if (holds) held[n]++
      if (holds && firstHeld[n] === 0) firstHeld[n] = t
      if (env.terminated[n] === 0 && env.truncated[n] === 0) continue
      const count = { length: t, held: held[n], last: holds }
      played[n] = { success: hasSucceeded(over, count), length: t, firstHeld: firstHeld[n] }
    }
  }
  return played as Played[]
}
