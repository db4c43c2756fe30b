/** Runs on disk: recorded crash-safe, read back by anyone. */
export { writeWholeSync } from './files.ts'
export { freshName, type RunHeader, runNames, runsRoot } from './layout.ts'
export type { MetricsRow } from './read.ts'
export {
  type CheckpointTensors,
  createRun,
  type NewRun,
  type ProgramText,
  type RecordingOptions,
  type RunStore,
  resumeRun,
} from './runStore.ts'
export { type Checkpoint, listRuns, openRun, type RunSummary, type StoredRun } from './storedRun.ts'
