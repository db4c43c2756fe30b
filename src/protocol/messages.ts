/**
 * Everything a run and the page say to each other. HTTP serves what can be fetched again, the socket what happens now.
 *
 *   GET /api/run              RunInfo
 *   GET /api/episodes         EpisodeSummary[], oldest first
 *   GET /api/episodes/<id>    an episode file (core/episode.ts)
 *   GET /api/metrics          MetricsPoint[]
 *   GET /api/program.js       the reward program as a module; its import of 'carrot-rl' is resolved by the page's import map
 *   GET /api/program          its text, which is no code here: of a program that nobody vouches for too
 *   WS  /ws                   ServerMessage down, ViewerMessage up, JSON
 */
import { z } from 'zod'
import type { ProgramInfo, TrainEvent } from '../core/events.ts'
import type { Metrics } from '../core/policy.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'

/** Rises when a page and a run of different versions could misunderstand each other. */
export const PROTOCOL = 1

export interface RunInfo {
  readonly run: string
  readonly env: EnvSpec
  readonly scene: SceneSpec
  readonly program: ProgramInfo
  /** Discount of potential terms. */
  readonly gamma: number
  /** False when the run is only being watched. */
  readonly live: boolean
  /** Environment steps done, and planned. */
  readonly step: number
  readonly steps: number
  readonly paused: boolean
  /** It takes feedback: there is a language model to ask. */
  readonly takesFeedback?: boolean
}

export interface MetricsPoint {
  readonly step: number
  readonly seconds: number
  readonly values: Metrics
}

export type ServerMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly info: RunInfo }
  | { readonly type: 'event'; readonly event: TrainEvent }
  | { readonly type: 'paused'; readonly on: boolean }
  | { readonly type: 'refused'; readonly message: string }

export const viewerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pause'), on: z.boolean() }),
  z.object({ type: z.literal('weights'), values: z.record(z.string(), z.number()) }),
  /** What is wrong with what the robot does: a language model writes the next program, and the run goes on with it. */
  z.object({ type: z.literal('feedback'), text: z.string().min(1).max(2000) }),
  /** Another program, by whoever sits at the page: it is vetted, and the run goes on with it in a sandbox. */
  z.object({ type: z.literal('program'), text: z.string().min(1) }),
])
/** What the page may ask of a live run. */
export type ViewerMessage = z.infer<typeof viewerMessage>
