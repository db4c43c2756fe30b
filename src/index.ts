/** The public API: what 'carrot-rl' exports. Reward programs import from here too; in a page they get rewards/index.ts alone. */

export { envById, envs } from '../envs/index.ts'
export * from '../rewards/index.ts'
export { type CheckReport, checkProgram } from './checkProgram.ts'
export { parseConfig, type TrainConfig, type TrainInput } from './config.ts'
export type { EnvDefinition, Expert, VectorEnv } from './core/env.ts'
export { CarrotError, describeError } from './core/errors.ts'
export type { EpisodeSummary, EvalResult, ProgramInfo, TrainEvent, TrainResult } from './core/events.ts'
export type { LoadedProgram, RewardProgram, RewardScorer, TermSummary } from './core/reward.ts'
export type { EnvSpec, FieldSpec, Unit } from './core/spec.ts'
export { type EvaluateRunOptions, evaluateRun } from './evaluateRun.ts'
export { type ExportOptions, type ExportReport, exportRun } from './exportRun.ts'
export { type EnvChoice, loadEnv } from './loadEnv.ts'
export { loadProgram } from './loadProgram.ts'
export type { LabelSource } from './pipeline/label.ts'
export { type ScoreOptions, type ScoreReport, scoreRun } from './scoreRun.ts'
export { makeReport, type Report } from './search/report.ts'
export { defineEnv } from './sim/defineEnv.ts'
export { defineKinematicEnv, type KinematicDefinition } from './sim/defineKinematicEnv.ts'
export type { Definition, MujocoDefinition } from './sim/definition.ts'
export {
  bodyPosition,
  flagOf,
  geomPosition,
  type Read,
  type Readout,
  sitePosition,
  slice,
} from './sim/fields.ts'
export { listRuns, openRun, type RunSummary, type StoredRun } from './store/index.ts'
export { resumeTraining, type StartOptions, startTraining, type TrainSession, train } from './train.ts'
export { type DualEncoder, type EncoderOptions, loadDualEncoder } from './vlm/dualEncoder.ts'
