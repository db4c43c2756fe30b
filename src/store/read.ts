/** What a log says about a run, as plain functions of its events. */
import { readdirSync } from 'node:fs'
import type { EpisodeSummary, EvalResult, TrainEvent } from '../core/events.ts'
import type { Metrics } from '../core/policy.ts'
import { paths } from './layout.ts'

/** Training metrics at a number of environment steps. */
export interface MetricsRow {
  readonly step: number
  /** Of training, by the wall clock. */
  readonly seconds: number
  readonly values: Metrics
}

/** Metrics in order of steps. A resumed run does the steps after its checkpoint again: the newer ones count. */
export function metricsOf(events: readonly TrainEvent[]): MetricsRow[] {
  const rows: MetricsRow[] = []
  for (const event of events) {
    if (event.type === 'start')
      while (rows.length > 0 && rows[rows.length - 1].step > event.startStep) rows.pop()
    if (event.type !== 'metrics') continue
    const { step, seconds, values } = event
    rows.push({ step, seconds, values })
  }
  return rows
}

/** An evaluation at a number of environment steps. */
export interface EvalRow {
  readonly step: number
  readonly result: EvalResult
}

/** Evaluations in order of steps; of steps that were done again the newer ones count. */
export function evalsOf(events: readonly TrainEvent[]): EvalRow[] {
  const rows: EvalRow[] = []
  for (const event of events) {
    if (event.type === 'start')
      while (rows.length > 0 && rows[rows.length - 1].step > event.startStep) rows.pop()
    if (event.type === 'eval') rows.push({ step: event.step, result: event.result })
  }
  return rows
}

/** Environment steps done, and planned. */
export function progressOf(events: readonly TrainEvent[]): { step: number; steps: number } {
  let step = 0
  let steps = 0
  for (const event of events) {
    if (event.type === 'start') {
      step = event.startStep
      steps = event.steps
    } else if (event.type === 'metrics' || event.type === 'checkpoint') step = Math.max(step, event.step)
    else if (event.type === 'end' && event.result !== null) step = event.result.steps
  }
  return { step, steps }
}

/** Of the last training that ended. */
export function lastEval(events: readonly TrainEvent[]): EvalResult | undefined {
  let last: EvalResult | undefined
  for (const event of events) if (event.type === 'end' && event.result !== null) last = event.result.eval
  return last
}

/** Episodes whose recording is there, oldest first. */
export function storedEpisodes(folder: string, events: readonly TrainEvent[]): EpisodeSummary[] {
  const there = new Set(readdirSync(paths(folder).episodes))
  const episodes = new Map<string, EpisodeSummary>()
  for (const event of events) {
    if (event.type === 'episode' && there.has(`${event.summary.id}.safetensors`)) {
      episodes.set(event.summary.id, event.summary)
    }
  }
  return [...episodes.values()].sort((a, b) => a.atStep - b.atStep)
}
