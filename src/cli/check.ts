/** `carrot check`: is a reward program sound, and what does each of its terms amount to? */
import type { Command } from 'commander'
import type { Inspection } from '../checkProgram.ts'
import { describeError } from '../core/errors.ts'
import type { RewardProgram, TermSummary } from '../core/reward.ts'
import type { ProofFigures } from '../proof/prove.ts'
import type { Trial } from '../tryProgram.ts'
import { figure, percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addCheck(program: Command): void {
  addVerb(program, {
    usage: 'check <reward>',
    about: 'check a reward program: its form and types, its terms on random play, and what it pays whom',
    example: 'carrot check long-leaps.ts',
  })
    .option('--env <env>', 'environment to check it in (default: the one it names)')
    .option('--untrusted', 'nobody has read it: vet it in a sandbox, whatever it may do, within ten seconds')
    .action(async (reward: string, options) => {
      const { say, result } = voice(options)
      const { inspectProgram, reportOf } = await import('../checkProgram.ts')
      const inspection = await inspectProgram(reward, { ...options, timeout: timeLeft() })
      const report = reportOf(inspection)
      say(describe(inspection))
      result(report)
      if (!report.ok) process.exitCode = 1
    })
}

/** Since this process began, ms; with what starting and ending take it stays below ten seconds. */
const DEADLINE = 9000
/** On a machine so busy that little of it is left, ms. */
const LEAST = 3000
const timeLeft = (): number => Math.max(LEAST, DEADLINE - performance.now())

function describe({ errors, advice, program, trial, figures, isUntrusted }: Inspection): string {
  const parts = errors.map(describeError)
  if (program !== undefined && trial !== undefined) parts.unshift(describeTrial(program, trial))
  if (figures !== undefined) parts.push(describePolicies(figures))
  parts.push(
    errors.length === 0
      ? `It is sound: finite everywhere, and the same when it is scored again.${isUntrusted ? ' It kept to its sandbox.' : ''}`
      : `${errors.length === 1 ? 'One thing' : `${errors.length} things`} to mend.`,
    ...advice.map(remark => `But look at what it pays for. ${describeError(remark)}`),
  )
  return parts.join('\n\n')
}

function describePolicies({ policies }: ProofFigures): string {
  const rows = policies.map(({ policy, episodes, returnMean, successRate }) => [
    policy,
    String(episodes),
    episodes === 0 ? '–' : figure(returnMean),
    episodes === 0 || successRate === null ? '–' : percent(successRate),
  ])
  return table(['policy', 'episodes', 'return', 'success'], rows)
}

function describeTrial(
  program: RewardProgram,
  { env, steps, episodes, terms, success }: Omit<Trial, 'errors'>,
): string {
  const rows = terms.map(term => [
    term.name,
    String(term.weight),
    figure(term.mean),
    figure(term.std),
    figure(term.min),
    figure(term.max),
    percent(term.share),
    note(term, program),
  ])
  return [
    `${program.name} on ${env}, ${steps} random steps in ${episodes} episodes`,
    '',
    table(['term', 'weight', 'mean', 'std', 'min', 'max', 'share', ''], rows),
    '',
    'Means and ranges are of the raw terms; a share is of the variance of the weighted ones.',
    judgement(program, success),
  ].join('\n')
}

function note({ name, mean, std }: TermSummary, { terms }: RewardProgram): string {
  if (std > 0) return ''
  const waits = terms.some(term => term.name === name && term.kind === 'label')
  if (waits) return 'waits for labels'
  return mean === 0 ? 'always 0 here: does it ever count?' : 'constant here'
}

function judgement({ success: own }: RewardProgram, success: number | null): string {
  if (success === null)
    return 'Success is not judged; success: s => … would tell good episodes from well-paid ones.'
  const often = `${own === undefined ? "The environment's own" : 'The'} success criterion holds after ${percent(success)} of the random steps`
  return success === 1 ? `${often}: it tells nothing apart.` : `${often}.`
}
