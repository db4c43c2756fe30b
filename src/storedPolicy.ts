/** The policy of a stored run: of its last checkpoint, of its best evaluation, or of a step. */
import { type CheckpointInfo, checkpointPolicy, parseCheckpointInfo, type Tensors } from './checkpoint.ts'
import { CarrotError } from './core/errors.ts'
import type { PolicySnapshot } from './core/policy.ts'
import { openRun, type StoredRun } from './store/index.ts'

export interface StoredPolicy {
  readonly run: StoredRun
  readonly info: CheckpointInfo
  readonly snapshot: PolicySnapshot
}

/** 'last', 'best', or the step of a checkpoint. */
export type CheckpointName = 'last' | 'best' | number

/** Throws CarrotError 'bad-run' when the run has no such policy. */
export function storedPolicy(name: string, which: CheckpointName = 'last', root?: string): StoredPolicy {
  const run = openRun(name, root)
  const found = find(run, which)
  if (found === undefined) throw missing(run, which)
  const info = parseCheckpointInfo(found.metadata, run.name)
  return { run, info, snapshot: checkpointPolicy(found.tensors as Tensors, info) }
}

function find(run: StoredRun, which: CheckpointName) {
  if (which === 'last') return run.latestCheckpoint()
  if (which === 'best') return run.bestPolicy()
  return run.checkpointSteps().includes(which) ? run.checkpoint(which) : undefined
}

function missing(run: StoredRun, which: CheckpointName): CarrotError {
  const steps = run.checkpointSteps()
  const there =
    steps.length === 0 ? 'It has no checkpoint yet.' : `It has checkpoints of ${steps.join(', ')}.`
  return which === 'best'
    ? new CarrotError(
        'bad-run',
        `Run '${run.name}' has no best policy: it was not evaluated while it trained.`,
        `Take another checkpoint, or train with --eval-every. ${there}`,
      )
    : new CarrotError(
        'bad-run',
        `Run '${run.name}' has no checkpoint${which === 'last' ? '' : ` of step ${which}`}.`,
        there,
      )
}
