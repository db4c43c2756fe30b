/** A model narrows the ranges that a policy bears to those that are worth training under (DrEureka). */
import { z } from 'zod'
import { describeEnv } from '../abstraction.ts'
import type { EnvDefinition } from '../core/env.ts'
import type { Factor } from '../core/wrapping.ts'
import type { FactorRange } from '../search/physicsPrior.ts'
import type { Asker } from './asker.ts'
import { block } from './prompt.ts'
import { template } from './templates.ts'

const range = z.tuple([z.number(), z.number()])
const rangesAnswer = z.object({
  reasons: z.string(),
  ranges: z.object({
    mass: range.optional(),
    friction: range.optional(),
    gain: range.optional(),
    damping: range.optional(),
  }),
})

export type ProposedRange = Pick<FactorRange, 'factor' | 'low' | 'high'>

export interface Proposal {
  readonly ranges: readonly ProposedRange[]
  /** The model's; '' when it gave no ranges, and those tried are taken as they are. */
  readonly reasons: string
}

/** What lies outside of what was tried is cut off; a factor that the model leaves out stays at 1. */
export async function proposeRanges(
  asker: Asker,
  env: EnvDefinition,
  text: string,
  tried: readonly FactorRange[],
): Promise<Proposal> {
  const question = template('randomisation', {
    text,
    abstraction: block(await describeEnv(env)),
    ranges: tried.map(({ factor, low, high }) => `- ${factor}: ${low} to ${high}`).join('\n'),
    example: JSON.stringify(Object.fromEntries(tried.map(({ factor }) => [factor, [0.9, 1.1]]))),
  })
  const { text: said } = await asker.ask([{ role: 'user', content: question }], { schema: rangesAnswer })
  const answer = rangesIn(said)
  if (answer === undefined) return { ranges: tried, reasons: '' }
  return {
    reasons: answer.reasons,
    ranges: tried.map(({ factor, low, high }) => within(factor, answer.ranges[factor], low, high)),
  }
}

function within(
  factor: Factor,
  wanted: readonly [number, number] | undefined,
  low: number,
  high: number,
): ProposedRange {
  if (wanted === undefined) return { factor, low: 1, high: 1 }
  const clamp = (value: number): number => Math.min(high, Math.max(low, value))
  const [a, b] = [clamp(wanted[0]), clamp(wanted[1])]
  return { factor, low: Math.min(a, b), high: Math.max(a, b) }
}

/** The last JSON object in a text that has the form. */
function rangesIn(text: string): z.infer<typeof rangesAnswer> | undefined {
  const end = text.lastIndexOf('}')
  for (let start = text.indexOf('{'); start >= 0 && start < end; start = text.indexOf('{', start + 1)) {
    try {
      return rangesAnswer.parse(JSON.parse(text.slice(start, end + 1)))
    } catch {}
  }
  return undefined
}
