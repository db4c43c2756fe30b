/** What the classic tasks have in common. */
import type { OptionSpec } from '../../src/core/spec.ts'
import type { KinematicState } from '../../src/sim/defineKinematicEnv.ts'
import type { Read } from '../../src/sim/fields.ts'

/**
 * Rewards from pictures need episodes that do not end by themselves: where any step pays, lasting is all there is to
 * learn (Rocamonde et al., "Vision-language models are zero-shot reward models for reinforcement learning", ICLR 2024).
 */
export const VARIANT = {
  default: 'gymnasium',
  choices: ['gymnasium', 'vlm-rm'],
  about: 'Whose task: Gymnasium’s, or that of the VLM-RM paper, which lasts 200 steps whatever happens.',
} as const satisfies OptionSpec

export const TEXTURED = {
  default: false,
  about: 'Drawn like a photograph, for vision models, in place of plain colours.',
} as const satisfies OptionSpec

/** One number of the state, times a factor. */
export function entry(index: number, factor = 1): Read<KinematicState> {
  return (state, out, at) => {
    out[at] = factor * state[index]
  }
}
