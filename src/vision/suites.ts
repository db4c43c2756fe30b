/** The texts of the published study (Rocamonde et al., ICLR 2024, table 3), by environment: what is evaluated when none is given. */
import type { Goal } from '../../envs/humanoidPose/goals.ts'

export interface Suite {
  readonly baseline: string
  readonly prompts: readonly string[]
}

/** Of `humanoid-pose`, by the goal that is meant. */
export const POSE_PROMPTS: Readonly<Record<Goal, string>> = {
  kneeling: 'a humanoid robot kneeling',
  lotus: 'a humanoid robot seated down, meditating in the lotus position',
  standing: 'a humanoid robot standing up',
  armsRaised: 'a humanoid robot standing up, with both arms raised',
  splits: 'a humanoid robot practicing gymnastics, doing the side splits',
  handsOnHips: 'a humanoid robot standing up with hands on hips',
  oneLeg: 'a humanoid robot standing up on one leg',
  armsCrossed: 'a humanoid robot standing up, with its arms crossed',
}

export const SUITES: Readonly<Record<string, Suite>> = {
  cartpole: { baseline: 'pole and cart', prompts: ['pole vertically upright on top of the cart'] },
  'mountain-car': {
    baseline: 'a car in the mountain',
    prompts: ['a car at the peak of the mountain, next to the yellow flag'],
  },
  'humanoid-pose': {
    baseline: 'a humanoid robot',
    prompts: Object.values(POSE_PROMPTS),
  },
}
