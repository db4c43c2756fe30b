/** `carrot check-env`: is an environment sound, or how far is it from a recording of Gymnasium's? */
import { type Command, InvalidArgumentError } from 'commander'
import type { EnvReport } from '../checkEnv.ts'
import type { GoldenReport } from '../goldenCheck.ts'
import { table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addCheckEnv(program: Command): void {
  addVerb(program, {
    usage: 'check-env <env>',
    about: 'check an environment by playing it, or compare it with a recording of the published one',
    example: 'carrot check-env ./my-env.ts',
  })
    .option('--golden <file>', 'a recording to compare with: one-step or rollout, .json or .json.gz')
    .option('--tolerance <x>', 'with --golden: largest error allowed, relative to max(1, |x|)', positive)
    .action(async (env: string, options) => {
      const { say, result } = voice(options)
      const { loadEnv } = await import('../loadEnv.ts')
      const definition = await loadEnv({ env })
      if (options.golden === undefined) {
        const { checkEnv } = await import('../checkEnv.ts')
        const report = await checkEnv(definition)
        say(describeReport(report))
        result(report)
        if (!report.ok) process.exitCode = 1
        return
      }
      const { checkGolden } = await import('../goldenCheck.ts')
      const report = await checkGolden(definition, options.golden, options.tolerance)
      say(describe(report))
      result(report)
      if (!report.ok) process.exitCode = 1
    })
}

function describeReport({ env, steps, checks, ok }: EnvReport): string {
  const row = ({ about, kind, faults }: EnvReport['checks'][number]) => [
    faults.length === 0 ? 'yes' : kind === 'must' ? 'NO' : 'no',
    about,
  ]
  const faults = checks.flatMap(check => check.faults)
  return [
    `${env}, ${steps} random steps`,
    table(['', 'what an environment should be'], checks.map(row)),
    ...faults.map(fault => `- ${fault}`),
    ok ? 'It can be trained on.' : 'It is NOT sound.',
  ].join('\n')
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0.')
  return value
}

const RECORDINGS = {
  'one-step': 'a one-step recording',
  rollout: 'a rollout recording',
  both: 'recorded episodes and single steps',
} as const

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
    `${env} against ${RECORDINGS[kind]}, ${comparedSteps} steps, tolerance ${tolerance.toExponential(0)} relative to max(1, |x|)`,
    table(
      ['column', 'largest error', ''],
      [...rows, ['ends of episodes', flagsEqual ? 'equal' : 'differ', flagsEqual ? 'ok' : 'wrong']],
    ),
    ok ? 'It agrees.' : 'It does NOT agree.',
  ].join('\n')
}
