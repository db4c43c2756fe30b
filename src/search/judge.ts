/** What a search is for: a measure that no candidate has a say in. */
import { defineReward, flag } from '../../rewards/index.ts'
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { EvalResult } from '../core/events.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { describeOver } from '../core/success.ts'
import { loadProgram } from '../loadProgram.ts'

export interface Judge {
  /** Episodes are judged by its success, and told apart further by its return. */
  readonly loaded: LoadedProgram
  /** A sentence. */
  readonly about: string
}

/** How good a policy is: by success first, by return where that is equal. */
export interface Fitness {
  /** 0…1; null where only the return counts. */
  readonly success: number | null
  /** Under the judge. */
  readonly return: number
}

/** `fitness` is a program's id or file; default: the environment's own criterion. Throws CarrotError 'unsupported' without either. */
export async function judgeOf({ spec }: EnvDefinition, fitness?: string): Promise<Judge> {
  if (fitness !== undefined) {
    const loaded = await loadProgram(fitness, spec)
    const judged = loaded.program.success !== undefined || spec.success !== null
    return {
      loaded,
      about: `Fitness is ${judged ? 'success, then return, ' : 'the return '}under ${loaded.program.name}.`,
    }
  }
  if (spec.success === null) {
    throw new CarrotError(
      'unsupported',
      `Nothing says when ${spec.id} has succeeded, so candidates cannot be compared.`,
      'Give a program that judges them: --fitness <reward>. Its success criterion counts, or its return where it has none.',
    )
  }
  const { signal, over } = spec.success
  const program = defineReward({
    name: 'success',
    env: spec.id,
    about: `${signal} holds.`,
    reads: { [signal]: flag() },
    terms: { [signal]: { weight: 1, value: (s: Readonly<Record<string, number>>) => s[signal] } },
  })
  return {
    loaded: { program, hash: '', source: '', module: '' },
    about: `Fitness is the success of ${spec.id}: ${signal} ${describeOver(over)}. Another: --fitness <reward>.`,
  }
}

export const fitnessOf = ({ successRate, returnMean }: EvalResult): Fitness => ({
  success: successRate,
  return: returnMean,
})

/** Above 0 when `a` is fitter. */
export const compareFitness = (a: Fitness, b: Fitness): number =>
  (a.success ?? 0) - (b.success ?? 0) || a.return - b.return

/** 'success 40 %, return under the judge 612'. */
export const describeFitness = ({ success, return: returned }: Fitness): string =>
  success === null
    ? `return ${Number(returned.toPrecision(3))}`
    : `success ${Math.round(100 * success)} %, return under the judge ${Number(returned.toPrecision(3))}`
