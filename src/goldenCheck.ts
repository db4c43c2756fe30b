/**
 * Replays recordings of Gymnasium's own environments and measures how far ours are from them, in float64: observations,
 * flags, and the reward with its parts, which the environment's default program computes from signals.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { bindReward, programs } from '../rewards/index.ts'
import type { ScoreColumns } from './core/batch.ts'
import type { EnvDefinition, VectorEnv } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import { CLASSIC_KIND, classicRecordings } from './goldenClassic.ts'
import { observed, partOfReward } from './goldenInfo.ts'
import { STATE_HEAD } from './sim/rows.ts'

export interface GoldenReport {
  readonly env: string
  /** 'both': episodes and single steps from one file, each within its own tolerance. */
  readonly kind: 'one-step' | 'rollout' | 'both'
  readonly comparedSteps: number
  /** Largest error allowed, relative to max(1, |x|). */
  readonly tolerance: number
  readonly obsMaxRel: number
  readonly rewardMaxRel: number
  /** By the name of Gymnasium's info entry: parts of the reward, and what corresponds to a signal. */
  readonly infoMaxRel: Readonly<Record<string, number>>
  readonly flagsEqual: boolean
  readonly ok: boolean
}

/** Independent samples differ by rounding only; along a rollout, contacts let rounding errors grow. */
const TOLERANCE = { 'one-step': 1e-9, rollout: 1e-6 } as const
/** Steps after which rounding has grown beyond the tolerance in chaotic robots; all others are compared to the end. */
const COMPARABLE_STEPS: Readonly<Record<string, number>> = {
  ant: 100,
  'half-cheetah': 50,
  'inverted-double-pendulum': 100,
}

/**
 * Compares `env` with a recording: a file (.json or .json.gz) or its parsed contents. Throws CarrotError 'bad-file' when
 * it is no recording, 'bad-argument' when it is one of another environment.
 */
export async function checkGolden(
  env: EnvDefinition,
  source: string | object,
  tolerance?: number,
): Promise<GoldenReport> {
  const file = readFile(source)
  const recorded = environmentId(file.env)
  if (recorded !== env.spec.id) {
    throw new CarrotError(
      'bad-argument',
      `The recording is one of ${file.env}, not of ${env.spec.id}.`,
      `Check it against '${recorded}', if there is such an environment (\`carrot list envs\`).`,
    )
  }
  if (file.kind !== CLASSIC_KIND) return compare(env, goldenOf(file), tolerance)
  const reports: GoldenReport[] = []
  for (const part of classicRecordings(file, env))
    reports.push(await compare(env, goldenOf(readFile(part)), tolerance))
  return worst(reports)
}

async function compare(env: EnvDefinition, golden: Golden, tolerance?: number): Promise<GoldenReport> {
  if (golden.kind !== 'one_step' && golden.kind !== 'rollout') {
    throw new CarrotError(
      'unsupported',
      `The recording of ${golden.env} is of the kind '${golden.kind}', which is not known.`,
      'Recordings of single steps and of rollouts can be checked: one_step and rollout.',
    )
  }
  using rows = await env.make(golden.kind === 'one_step' ? golden.n : 1)
  const trace =
    golden.kind === 'one_step' ? stepOnce(rows, golden) : follow(rows, golden, COMPARABLE_STEPS[env.spec.id])
  const parts = score(env, trace)
  const infoMaxRel: Record<string, number> = {}
  for (const [name, values] of Object.entries(golden.info)) {
    const ours = partOfReward(parts, name) ?? observed(rows, { ...trace, steps: trace.obs.length }, name)
    if (ours !== undefined) infoMaxRel[name] = maxRelative(ours, values.flat())
  }
  const kind = golden.kind === 'one_step' ? 'one-step' : 'rollout'
  const asRecorded = golden.obs_dtype === 'float32' ? Math.fround : (x: number) => x
  const report = {
    env: env.spec.id,
    kind,
    comparedSteps: trace.obs.length,
    tolerance: tolerance ?? TOLERANCE[kind],
    obsMaxRel: maxRelative(trace.obs.flat().map(asRecorded), golden.obs.slice(0, trace.obs.length).flat()),
    rewardMaxRel: maxRelative(parts.reward, golden.reward),
    infoMaxRel,
    flagsEqual:
      trace.terminated.every((flag, i) => flag === golden.terminated[i]) &&
      trace.truncated.every((flag, i) => flag === (golden.truncated?.[i] ?? false)),
  } as const
  const errors = [report.obsMaxRel, report.rewardMaxRel, ...Object.values(infoMaxRel)]
  return { ...report, ok: report.flagsEqual && errors.every(error => error <= report.tolerance) }
}

/** Of several recordings in one file. */
function worst(reports: readonly GoldenReport[]): GoldenReport {
  const largest = (of: (report: GoldenReport) => number) => Math.max(...reports.map(of))
  return {
    ...reports[0],
    kind: 'both',
    comparedSteps: reports.reduce((sum, { comparedSteps }) => sum + comparedSteps, 0),
    tolerance: largest(report => report.tolerance),
    obsMaxRel: largest(report => report.obsMaxRel),
    rewardMaxRel: largest(report => report.rewardMaxRel),
    flagsEqual: reports.every(report => report.flagsEqual),
    ok: reports.every(report => report.ok),
  }
}

/** A recording with one meaning for both kinds: row t of obs and flags is after action t. */
interface Golden {
  readonly env: string
  readonly kind: string
  readonly n: number
  /** What observations were handed out as; they were computed in double precision. */
  readonly obs_dtype?: string
  /** One-step: the pose before every action. Rollout: the initial one. */
  readonly qpos: number[][]
  readonly qvel: number[][]
  readonly action: number[][]
  readonly obs: number[][]
  readonly reward: number[]
  readonly terminated: boolean[]
  /** Rollouts only. */
  readonly truncated?: boolean[]
  /** A number, or a list of numbers, a row. */
  readonly info: Readonly<Record<string, number[] | number[][]>>
}

/** Which entries a recording of this kind must have. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  one_step: ['qpos', 'qvel', 'action', 'next_obs', 'reward', 'terminated'],
  rollout: ['qpos0', 'qvel0', 'action', 'obs', 'reward', 'terminated', 'truncated'],
}

/** What is in a recording's file, whatever its kind. */
interface GoldenFile extends Readonly<Record<string, unknown>> {
  readonly env: string
  readonly kind: string
  /** Of the file, for messages. */
  readonly name: string
}

const broken = (name: string, why: string): CarrotError =>
  new CarrotError('bad-file', `${name} ${why}.`, 'Give a recording of the kind one_step or rollout.')

function readFile(source: string | object): GoldenFile {
  const name = typeof source === 'string' ? source : 'The recording'
  const file = (typeof source === 'string' ? parse(source) : source) as Record<string, unknown> | null
  if (typeof file?.env !== 'string' || typeof file.kind !== 'string') {
    throw broken(name, "has no 'env' and 'kind', so it is no recording of an environment")
  }
  return { ...file, env: file.env, kind: file.kind, name }
}

function goldenOf(file: GoldenFile): Golden {
  const missing = (COLUMNS[file.kind] ?? []).filter(key => !Array.isArray(file[key]))
  if (missing.length > 0) throw broken(file.name, `is cut off or broken: ${missing.join(', ')} missing`)
  const info = file.info ?? {}
  const n = Array.isArray(file.action) ? file.action.length : 0
  const golden =
    file.kind === 'rollout'
      ? { ...file, n, info, qpos: [file.qpos0], qvel: [file.qvel0] }
      : { ...file, n, info, obs: file.next_obs }
  return golden as unknown as Golden
}

/** Numbers that JSON cannot hold are recorded as their names. */
const NON_FINITE = new Map<unknown, number>([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', Number.NaN],
])

function parse(path: string): unknown {
  if (!existsSync(path)) {
    throw new CarrotError('bad-file', `There is no file ${path}.`, 'Give the path of a recording.')
  }
  const bytes = readFileSync(path)
  try {
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
    return JSON.parse(text, (_, value) => NON_FINITE.get(value) ?? value)
  } catch (error) {
    throw new CarrotError(
      'bad-file',
      `${path} is not JSON: ${(error as Error).message}.`,
      'Give a recording in JSON, plain or gzipped.',
    )
  }
}

/** Environments whose names here are not Gymnasium's in small letters. */
const RENAMED: Readonly<Record<string, string>> = {
  'CartPole-v1': 'cartpole',
  'MountainCarContinuous-v0': 'mountain-car',
}

/** 'HalfCheetah-v5' is 'half-cheetah' here. */
const environmentId = (name: string): string =>
  RENAMED[name] ??
  name
    .replace(/-v\d+$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase()

/** What our environment did: T steps of N rows, in the recording's order. */
interface Trace {
  readonly T: number
  readonly N: number
  readonly obs: number[][]
  readonly terminated: boolean[]
  readonly truncated: boolean[]
  /** [T+1, N, S] */
  readonly signals: Float64Array
  /** [T, N, A] */
  readonly applied: Float64Array
}

/** Every sample in a row of its own, from a cold start of the solver. */
function stepOnce(env: VectorEnv, golden: Golden): Trace {
  for (let n = 0; n < golden.n; n++) env.setPose(n, golden.qpos[n], golden.qvel[n])
  const before = env.signals.slice()
  env.step(Float64Array.from(golden.action.flat()))
  const O = env.obs.length / golden.n
  return {
    T: 1,
    N: golden.n,
    obs: Array.from({ length: golden.n }, (_, n) => [...env.obs.subarray(n * O, (n + 1) * O)]),
    terminated: Array.from(env.terminated, flag => flag === 1),
    truncated: Array.from(env.truncated, flag => flag === 1),
    signals: Float64Array.from([...before, ...env.signals]),
    applied: env.applied.slice(),
  }
}

/** One row along the recorded actions. The recording steps on after the end of an episode, and so does this. */
function follow(env: VectorEnv, golden: Golden, steps = Number.POSITIVE_INFINITY): Trace {
  const T = Math.min(steps, golden.n)
  const trace = { obs: [] as number[][], terminated: [] as boolean[], truncated: [] as boolean[] }
  const signals: number[] = []
  const applied: number[] = []
  const state = new Float64Array(env.stateSize)
  env.setPose(0, golden.qpos[0], golden.qvel[0])
  signals.push(...env.signals)
  for (let t = 0; t < T; t++) {
    env.step(Float64Array.from(golden.action[t]))
    trace.obs.push([...env.obs])
    trace.terminated.push(env.terminated[0] === 1)
    trace.truncated.push(env.truncated[0] === 1)
    signals.push(...env.signals)
    applied.push(...env.applied)
    if (env.terminated[0] === 0 && env.truncated[0] === 0) continue
    env.getState(0, state)
    state[STATE_HEAD.indexOf('terminated')] = 0
    state[STATE_HEAD.indexOf('truncated')] = 0
    env.setState(0, state)
  }
  return { T, N: 1, ...trace, signals: Float64Array.from(signals), applied: Float64Array.from(applied) }
}

/** The reward and its weighted parts, one number a step. */
function score(env: EnvDefinition, trace: Trace): Record<string, Float64Array> {
  const { T, N } = trace
  const program = programs.find(({ name }) => name === env.spec.defaultReward)
  if (program === undefined)
    throw new Error(`${env.spec.id} names the unknown reward ${env.spec.defaultReward}`)
  const scorer = bindReward(program, env.spec, { rows: N, gamma: 1 })
  const columns: ScoreColumns = {
    T,
    N,
    signals: trace.signals,
    applied: trace.applied,
    terminated: Uint8Array.from(trace.terminated, Number),
    truncated: Uint8Array.from(trace.truncated, Number),
    valid: new Uint8Array(T * N).fill(1),
    stepInEpisode: Int32Array.from({ length: (T + 1) * N }, (_, i) => Math.floor(i / N)),
    episode: new Int32Array((T + 1) * N),
    labels: new Map(),
    terms: new Float64Array(0),
    reward: new Float64Array(T * N),
    success: new Uint8Array(T * N),
  }
  scorer.score(columns)
  const parts: Record<string, Float64Array> = { reward: columns.reward }
  scorer.termNames.forEach((term, k) => {
    const raw = columns.terms.subarray(k * T * N, (k + 1) * T * N)
    parts[term] = raw.map(value => value * scorer.weights[term])
  })
  return parts
}

/** Largest |ours - theirs| / max(1, |theirs|) over the numbers that both have. */
function maxRelative(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let worst = 0
  for (let i = 0; i < ours.length; i++) {
    if (Object.is(ours[i], theirs[i]) || ours[i] === theirs[i]) continue
    const error = Math.abs(ours[i] - theirs[i]) / Math.max(1, Math.abs(theirs[i]))
    // The report goes out as JSON, which has no infinity.
    worst = Math.max(worst, Number.isFinite(error) ? error : Number.MAX_VALUE)
  }
  return worst
}
