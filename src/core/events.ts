/** What a run says while it trains. The CLI, the store, the viewer and library users all read these. */
import type { Metrics } from './policy.ts'
import type { TermFailure } from './reward.ts'
import type { SuccessOver } from './spec.ts'

export interface ProgramInfo {
  readonly name: string
  readonly hash: string
  readonly about: string
  /** In the order of the `terms` columns. */
  readonly terms: readonly string[]
  readonly weights: Readonly<Record<string, number>>
  /** Steps of an episode that its success criterion, or the environment's, must hold in. */
  readonly succeeds: SuccessOver
  /** Nobody vouches for it: it runs in sandboxes only. */
  readonly untrusted?: true
}

/** One finished episode of a recorded row. */
export interface EpisodeSummary {
  /** Names the blob; unique within the run, e.g. 'e000041'. */
  readonly id: string
  /** Environment steps the run had done when the episode ended. */
  readonly atStep: number
  /** Control steps. */
  readonly length: number
  /** Seconds of simulated time. */
  readonly seconds: number
  /** Sum of the rewards as recorded. */
  readonly return: number
  /** Weighted sum of each term over the episode. */
  readonly parts: Readonly<Record<string, number>>
  readonly success: boolean
  readonly terminated: boolean
  readonly policyVersion: number
  readonly programHash: string
}

/** Result of evaluation episodes with the deterministic policy. */
export interface EvalResult {
  readonly episodes: number
  /** Under the run's own program. */
  readonly returnMean: number
  readonly returnStd: number
  /** Under the environment's published reward; null when it has none. */
  readonly nativeReturnMean: number | null
  /** 0…1; null where neither program nor environment has a criterion. */
  readonly successRate: number | null
}

export interface TrainResult {
  readonly run: string
  readonly env: string
  readonly reward: { readonly name: string; readonly hash: string }
  readonly seed: number
  readonly device: string
  /** Environment steps. */
  readonly steps: number
  readonly seconds: number
  readonly stepsPerSecond: number
  readonly eval: EvalResult
}

export type TrainEvent =
  | {
      readonly type: 'start'
      readonly run: string
      readonly folder: string
      readonly env: string
      readonly program: ProgramInfo
      readonly device: string
      readonly startStep: number
      readonly steps: number
      readonly notes: readonly string[]
    }
  | { readonly type: 'metrics'; readonly step: number; readonly seconds: number; readonly values: Metrics }
  | { readonly type: 'episode'; readonly summary: EpisodeSummary }
  | { readonly type: 'checkpoint'; readonly step: number; readonly file: string }
  /** Episodes without exploration, while training goes on; `best`: no evaluation before was better, and it is kept. */
  | { readonly type: 'eval'; readonly step: number; readonly result: EvalResult; readonly best: boolean }
  | { readonly type: 'program'; readonly step: number; readonly program: ProgramInfo }
  | { readonly type: 'failure'; readonly step: number; readonly failure: TermFailure }
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  /** `result` is null when the run was stopped before its last step: it is not evaluated then. */
  | { readonly type: 'end'; readonly stopped: boolean; readonly result: TrainResult | null }
