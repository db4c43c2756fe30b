/** The policy of a run as a file for any ONNX runtime. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { z } from 'zod'
import { CarrotError } from './core/errors.ts'
import { policyOnnx } from './learn/policy.ts'
import type { exportOutput } from './protocol/cli.ts'
import { type CheckpointName, storedPolicy } from './storedPolicy.ts'

export type ExportReport = z.infer<typeof exportOutput>

export interface ExportOptions {
  readonly root?: string
  /** Default 'last'. */
  readonly checkpoint?: CheckpointName
  /** Default: the run's name with .onnx, in the working directory. */
  readonly out?: string
}

/** Writes the file. Throws CarrotError 'bad-run' or 'bad-file'. */
export function exportRun(name: string, options: ExportOptions = {}): ExportReport {
  const { run, info, snapshot } = storedPolicy(name, options.checkpoint, options.root)
  const file = resolve(options.out ?? `${run.name}.onnx`)
  try {
    writeFileSync(file, policyOnnx(snapshot))
  } catch (error) {
    throw new CarrotError(
      'bad-file',
      `The policy cannot be written to ${file}: ${(error as Error).message}.`,
      'Name a file in a folder that exists: --out <file>.',
    )
  }
  const { obsSize, actionSize, low, high } = snapshot.spec
  return {
    run: run.name,
    env: info.env.id,
    step: info.step,
    file,
    obsSize,
    actionSize,
    low: [...low],
    high: [...high],
  }
}
