/**
 * Whether a reward ranks what is known to be good above what is known to be bad, on recordings and before any training:
 * states of success above states of failure, a policy that succeeds above one that does not, and above doing nothing.
 */
import type { ScoreColumns } from '../core/batch.ts'
import type { LoadedProgram, RewardProgram } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { hasSucceeded } from '../core/success.ts'
import { spansOf } from '../randomPlay.ts'
import type { SimplePolicy } from '../solve.ts'
import type { Play, ProofData } from './data.ts'
import { type DryRun, placeOf } from './dryRun.ts'
import type { ProofFailure } from './failure.ts'

export interface PolicyFigures {
  readonly policy: SimplePolicy
  readonly episodes: number
  /** Mean over the episodes of the sum of rewards. */
  readonly returnMean: number
  /** 0…1; null where nothing judges. */
  readonly successRate: number | null
  /** Of single steps. */
  readonly rewardMin: number
  readonly rewardMean: number
  readonly rewardMax: number
}

export interface UnitTests {
  readonly failures: readonly ProofFailure[]
  readonly policies: readonly PolicyFigures[]
  /** Mean reward of steps after which the criterion holds, and of those it is held against; null where there are none. */
  readonly successReward: number | null
  readonly otherReward: number | null
}

/** A policy that succeeds more often than another by this much is the better one. */
const CLEARLY = 0.25
/** A policy that succeeds in this share of its episodes solves the task. */
const SOLVED = 0.5

export function unitTests(loaded: LoadedProgram, { spec }: ProofData, run: DryRun): UnitTests {
  const { program } = loaded
  const { plays, poses } = run
  const isJudged = program.success !== undefined || spec.success !== null
  const policies = plays.map(play => figuresOf(play, program, spec, isJudged))
  const found = isJudged ? contrast(program, spec, plays, poses, policies) : undefined
  const successReward = found === undefined ? null : mean(found.good)
  const otherReward = found === undefined ? null : mean(found.start)
  // What waits for labels pays nothing here, so the sums are not what will be paid.
  const waits = program.terms.some(({ kind, weight }) => kind === 'label' && weight !== 0)
  const ranked = [
    ...(found !== undefined && isUnpaid(found)
      ? [
          `A step to success earns ${figure(mean(found.good))}, no more than one that is far from it: ${figure(mean(found.start))}.`,
        ]
      : []),
    ...misranked(policies),
    ...(restIsBest(policies, successReward) ? [REST] : []),
  ]
  const messages = waits ? [] : ranked
  return {
    failures: [
      ...idle(loaded, run),
      ...certain(loaded, run),
      ...messages.map((message): ProofFailure => ({ stage: 'unit-tests', message, hint: HINT })),
    ],
    policies,
    successReward,
    otherReward,
  }
}

const REST = 'Doing nothing earns as much, step by step, as the best of all recorded steps.'
const HINT =
  'Pay for coming closer to the goal and most for reaching it; if rest is what is asked for, let success say so.'

/** Terms that pay the same in every step. Where episodes can end early, that is a prize for going on. */
function idle(loaded: LoadedProgram, { plays, constant }: DryRun): ProofFailure[] {
  if (plays.some(({ columns }) => columns.terminated.includes(1))) return []
  return loaded.program.terms.flatMap(({ name, weight }) => {
    const value = constant.get(name)
    // What is always 0 may yet be a prize for what no recording shows.
    if (value === undefined || weight * value === 0) return []
    return {
      stage: 'unit-tests',
      message: `Term '${name}' is ${figure(value)} after every recorded step, whatever the policy does.`,
      hint: 'Make it depend on what the policy can change, or leave it out.',
      ...placeOf(name, loaded),
    }
  })
}

/** A criterion of the program's own that holds whatever happens. */
function certain(loaded: LoadedProgram, { plays }: DryRun): ProofFailure[] {
  if (loaded.program.success === undefined) return []
  const isSure = plays.every(({ columns }) =>
    columns.success.every((held, row) => held === 1 || columns.valid[row] === 0),
  )
  if (!isSure) return []
  return [
    {
      stage: 'unit-tests',
      message: 'success holds after every recorded step, whatever the policy does.',
      hint: 'Let it hold only once the task is done.',
      ...placeOf('success', loaded),
    },
  ]
}

function figuresOf(
  { policy, columns }: Play,
  program: RewardProgram,
  spec: EnvSpec,
  isJudged: boolean,
): PolicyFigures {
  const { N, reward, success, valid, terminated, truncated } = columns
  const over = program.success === undefined ? (spec.success?.over ?? 'last') : program.succeeds
  const isWhole = ({ n, to }: { n: number; to: number }) =>
    terminated[(to - 1) * N + n] === 1 || truncated[(to - 1) * N + n] === 1
  const spans = [...spansOf(columns)].filter(isWhole)
  const played = spans.map(({ n, from, to }) => {
    let total = 0
    let held = 0
    for (let t = from; t < to; t++) {
      total += reward[t * N + n]
      held += success[t * N + n]
    }
    const last = success[(to - 1) * N + n] === 1
    return { total, succeeded: hasSucceeded(over, { length: to - from, held, last }) }
  })
  const steps = reward.filter((_, row) => valid[row] === 1)
  return {
    policy,
    episodes: played.length,
    returnMean: mean(played.map(({ total }) => total)),
    successRate: isJudged ? mean(played.map(({ succeeded }) => (succeeded ? 1 : 0))) : null,
    rewardMin: steps.reduce((least, value) => Math.min(least, value), Infinity),
    rewardMean: mean(steps),
    rewardMax: steps.reduce((best, value) => Math.max(best, value), -Infinity),
  }
}

interface Contrast {
  /** What steps are worth after which the criterion holds, and first steps of episodes after which it does not. */
  readonly good: readonly number[]
  readonly start: readonly number[]
  /** They were met by accident, under a policy that does not succeed. */
  readonly byChance: boolean
}

/**
 * Both kinds of steps under the same policies, so that what actions cost is alike: those that succeed, else those that
 * touch success by chance, else poses. Undefined where nothing succeeds, or all does from the start.
 */
function contrast(
  program: RewardProgram,
  spec: EnvSpec,
  plays: readonly Play[],
  poses: ScoreColumns,
  policies: readonly PolicyFigures[],
): Contrast | undefined {
  const groups = plays.map(({ columns }) => groupsOf(program, spec, columns))
  const touching = groups.filter(({ good }) => good.length > 0)
  const solving = touching.filter(group => (policies[groups.indexOf(group)].successRate ?? 0) >= SOLVED)
  const taken = solving.length > 0 ? solving : touching
  const good = taken.flatMap(group => group.good)
  // Poses are held without action. Of a pose alone no potential is known.
  if (good.length === 0 && program.terms.every(({ kind }) => kind !== 'potential')) {
    for (let row = 0; row < poses.N; row++) {
      if (poses.valid[row] === 1 && poses.success[row] === 1) good.push(poses.reward[row])
    }
  }
  const atRest = groups.filter((_, i) => plays[i].policy === 'zero')
  const start = (touching.length > 0 ? taken : atRest).flatMap(group => group.start)
  if (good.length === 0 || start.length === 0) return undefined
  return { good, start, byChance: solving.length === 0 && touching.length > 0 }
}

function groupsOf(program: RewardProgram, spec: EnvSpec, columns: ScoreColumns) {
  const good: number[] = []
  const start: number[] = []
  worthOf(program, spec, columns).forEach((worth, row) => {
    if (columns.valid[row] === 0) return
    if (columns.success[row] === 1) good.push(worth)
    else if (columns.stepInEpisode[row] === 0) start.push(worth)
  })
  return { good, start }
}

/** Where success was met by chance, the difference has to be beyond chance too: two standard errors. */
function isUnpaid({ good, start, byChance }: Contrast): boolean {
  const difference = mean(good) - mean(start)
  if (!byChance) return !(difference > 0)
  return difference < -2 * Math.sqrt(variance(good) / good.length + variance(start) / start.length)
}

/** Reward of each row, with what potentials have paid since the episode began: the height of Φ, not its change. */
function worthOf({ terms, rate }: RewardProgram, { dt }: EnvSpec, columns: ScoreColumns): Float64Array {
  const { T, N, reward, terminated } = columns
  const worth = Float64Array.from(reward)
  const scale = rate === 'per-second' ? dt : 1
  terms.forEach(({ kind, weight }, k) => {
    if (kind !== 'potential') return
    for (const { n, from, to } of spansOf(columns)) {
      let gained = 0
      for (let t = from; t < to; t++) {
        const row = t * N + n
        const paid = scale * weight * columns.terms[k * T * N + row]
        // Φ of a terminal state counts as 0 whatever the state is worth.
        worth[row] += terminated[row] === 1 ? gained - paid : gained
        gained += paid
      }
    }
  })
  return worth
}

/** Policies that succeed clearly more often than another and earn no more. */
function misranked(policies: readonly PolicyFigures[]): string[] {
  return policies.flatMap(better =>
    policies
      .filter(worse => isBetter(better, worse) && better.returnMean <= worse.returnMean)
      .map(
        worse =>
          `${CALLED[worse.policy]} ${figure(worse.returnMean)} an episode; ${CALLED[better.policy].toLowerCase()} ${figure(better.returnMean)}, though it succeeds in ${percent(better)} of its episodes and not in ${percent(worse)}.`,
      ),
  )
}

const isBetter = (a: PolicyFigures, b: PolicyFigures): boolean =>
  a.episodes > 0 && b.episodes > 0 && (a.successRate ?? 0) >= (b.successRate ?? 0) + CLEARLY

const CALLED: Readonly<Record<SimplePolicy, string>> = {
  zero: 'Doing nothing earns',
  random: 'Acting at random earns',
  expert: 'The expert earns',
}

/** Nothing that is known earns more than rest, and rest does not solve the task. */
function restIsBest(policies: readonly PolicyFigures[], successReward: number | null): boolean {
  const rest = policies.find(({ policy }) => policy === 'zero')
  const others = policies.filter(({ policy }) => policy !== 'zero')
  if (rest === undefined || (rest.successRate ?? 0) >= SOLVED) return false
  const isConstant = policies.every(({ rewardMin, rewardMax }) => rewardMin === rewardMax)
  if (successReward !== null && successReward > rest.rewardMean) return false
  return !isConstant && others.every(({ rewardMax }) => rewardMax <= rest.rewardMean)
}

const mean = (values: ArrayLike<number>): number =>
  values.length === 0 ? Number.NaN : Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
function variance(values: readonly number[]): number {
  const center = mean(values)
  return mean(values.map(value => (value - center) ** 2))
}
const figure = (value: number): string => String(Number(value.toPrecision(4)))
const percent = ({ successRate }: PolicyFigures): string => `${Math.round(100 * (successRate ?? 0))} %`
