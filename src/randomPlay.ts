/** Recordings of random actions, or of other simple policies: what a program is tried on before anything is trained. */
import type { ScoreColumns } from './core/batch.ts'
import type { EnvDefinition } from './core/env.ts'
import { type SimplePolicy, simpleActor } from './solve.ts'

export interface PlayOptions {
  /** Environments side by side, N. */
  readonly rows: number
  /** Steps of each, T. */
  readonly steps: number
  readonly seed: number
}

/** Actions drawn uniformly from their range; every row begins with an episode. Equal options give equal columns. */
export const playRandomly = (definition: EnvDefinition, options: PlayOptions): Promise<ScoreColumns> =>
  playSimply(definition, 'random', options)

/** The same under another policy that needs no learning. */
export async function playSimply(
  definition: EnvDefinition,
  policy: SimplePolicy,
  { rows: N, steps: T, seed }: PlayOptions,
): Promise<ScoreColumns> {
  using env = await definition.make(N)
  const A = env.spec.action.low.length
  const act = simpleActor(definition, env, policy, seed)
  const actions = new Float64Array(N * A)
  const columns = emptyColumns(T, N, env.signals.length / N, A)
  const writeState = (t: number) => {
    columns.signals.set(env.signals, t * env.signals.length)
    columns.stepInEpisode.set(env.stepInEpisode, t * N)
    columns.episode.set(env.episode, t * N)
  }
  env.reset(seed)
  for (let t = 0; t < T; t++) {
    writeState(t)
    for (let n = 0; n < N; n++) act(n, actions.subarray(n * A, (n + 1) * A))
    env.step(actions)
    columns.applied.set(env.applied, t * actions.length)
    columns.terminated.set(env.terminated, t * N)
    columns.truncated.set(env.truncated, t * N)
    for (let n = 0; n < N; n++) columns.valid[t * N + n] = 1 - env.restarted[n]
  }
  writeState(T)
  return columns
}

/** Columns of T steps of N rows with S signals and A actions, all zero and not yet scored. */
export function emptyColumns(T: number, N: number, S: number, A: number): ScoreColumns {
  return {
    T,
    N,
    signals: new Float64Array((T + 1) * N * S),
    applied: new Float64Array(T * N * A),
    terminated: new Uint8Array(T * N),
    truncated: new Uint8Array(T * N),
    valid: new Uint8Array(T * N),
    stepInEpisode: new Int32Array((T + 1) * N),
    episode: new Int32Array((T + 1) * N),
    labels: new Map(),
    terms: new Float64Array(0),
    reward: new Float64Array(T * N),
    success: new Uint8Array(T * N),
  }
}

/** Where an episode, or the part of it that was played, lies in a play: steps `from` up to `to` of row `n`. */
export interface EpisodeSpan {
  readonly n: number
  readonly from: number
  readonly to: number
}

/** The episodes of a play, row by row. The last of a row may be cut off. */
export function* spansOf({ T, N, valid, stepInEpisode }: ScoreColumns): Generator<EpisodeSpan> {
  for (let n = 0; n < N; n++) {
    for (let t = 0; t < T; ) {
      const from = t++
      if (valid[from * N + n] === 0) continue
      while (t < T && valid[t * N + n] === 1 && stepInEpisode[t * N + n] > 0) t++
      yield { n, from, to: t }
    }
  }
}

/** An episode as a recording of its own. */
export interface PlayedEpisode {
  /** Row it was played in, and row of the step columns where its first step stands. */
  readonly n: number
  readonly first: number
  /** N = 1; step t of it is row `first + t * N` of the play. */
  readonly columns: ScoreColumns
}

export function* episodesOf(play: ScoreColumns): Generator<PlayedEpisode> {
  for (const { n, from, to } of spansOf(play)) {
    yield { n, first: from * play.N + n, columns: cut(play, n, from, to) }
  }
}

/** Steps `from`…`to` of row n. */
function cut(play: ScoreColumns, n: number, from: number, to: number): ScoreColumns {
  const { T, N } = play
  const steps = to - from
  const S = play.signals.length / ((T + 1) * N)
  const A = play.applied.length / (T * N)
  const columns = emptyColumns(steps, 1, S, A)
  for (let t = 0; t <= steps; t++) {
    const row = (from + t) * N + n
    columns.signals.set(play.signals.subarray(row * S, (row + 1) * S), t * S)
    columns.stepInEpisode[t] = play.stepInEpisode[row]
    columns.episode[t] = play.episode[row]
    if (t === steps) break
    columns.applied.set(play.applied.subarray(row * A, (row + 1) * A), t * A)
    columns.terminated[t] = play.terminated[row]
    columns.truncated[t] = play.truncated[row]
    columns.valid[t] = 1
  }
  for (const [name, column] of play.labels) {
    columns.labels.set(
      name,
      Float64Array.from({ length: steps }, (_, t) => column[(from + t) * N + n]),
    )
  }
  return columns
}
