/** `carrot check-env`: how far an environment is from a recording of Gymnasium's. */
import { type Command, InvalidArgumentError } from 'commander'
import type { GoldenReport } from '../goldenCheck.ts'
import { table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addCheckEnv(program: Command): void {
  addVerb(program, {
    usage: 'check-env <env>',
    about: 'replay a recording of the published environment and compare, in float64',
    example: 'carrot check-env hopper --golden hopper.onestep.json.gz',
  })
    .requiredOption('--golden <file>', 'the recording: one-step or rollout, .json or .json.gz')
    .option('--tolerance <x>', 'largest error allowed, relative to max(1, |x|)', positive)
    .action(async (env: string, options) => {
      const { say, result } = voice(options)
      const { envById } = await import('../../envs/index.ts')
      const definition = envById(env)
      const { checkGolden } = await import('../goldenCheck.ts')
      const report = await checkGolden(definition, options.golden, options.tolerance)
      say(describe(report))
      result(report)
      if (!report.ok) process.exitCode = 1
    })
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0.')
  return value
}

function describe(report: GoldenReport): string {
  const { env, kind, comparedSteps, tolerance, flagsEqual, ok } = report
  const errors = [
    ['observations', report.obsMaxRel],
    ['reward', report.rewardMaxRel],
    ...Object.entries(report.infoMaxRel),
  ] as const
  const rows = errors.map(([name, error]) => [
    name,
    error.toExponential(2),
    error <= tolerance ? 'ok' : 'too far',
  ])
  return [
    `${env} against a ${kind} recording, ${comparedSteps} steps, tolerance ${tolerance.toExponential(0)} relative to max(1, |x|)`,
    table(
      ['column', 'largest error', ''],
      [...rows, ['ends of episodes', flagsEqual ? 'equal' : 'differ', flagsEqual ? 'ok' : 'wrong']],
    ),
    ok ? 'It agrees.' : 'It does NOT agree.',
  ].join('\n')
}
