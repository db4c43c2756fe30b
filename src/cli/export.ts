/** `carrot export`: the policy of a run for other programs. */
import { type Command, InvalidArgumentError } from 'commander'
import type { CheckpointName } from '../storedPolicy.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addExport(program: Command): void {
  addVerb(program, {
    usage: 'export <run>',
    about: 'write the policy of a run as an ONNX file: observation in, action out',
    example: 'carrot export hopper-forward-s1-20260101-120000 --out hopper.onnx',
  })
    .option('--checkpoint <which>', 'last, best, or the step of a checkpoint', toCheckpoint, 'last')
    .option('--out <file>', "where to (default: the run's name with .onnx)")
    .action(async (run: string, { checkpoint, out, ...options }) => {
      const { say, result } = voice(options)
      const { exportRun } = await import('../exportRun.ts')
      const report = exportRun(run, { checkpoint, out })
      const { env, step, file, obsSize, actionSize } = report
      say(`The policy of ${report.run} (${env}) after ${step} steps is in ${file}.`)
      say(
        `Input obs [rows, ${obsSize}] as the environment gives it, output action [rows, ${actionSize}] as it takes it.`,
      )
      result(report)
    })
}

/** 'last', 'best' or a step. */
export function toCheckpoint(text: string): CheckpointName {
  if (text === 'last' || text === 'best') return text
  const step = Number(text)
  if (!Number.isInteger(step) || step < 0)
    throw new InvalidArgumentError('Give last, best or a number of steps.')
  return step
}
