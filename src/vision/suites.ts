/** The texts of the published study (Rocamonde et al., ICLR 2024, table 3), by environment: what is evaluated when none is given. */
export interface Suite {
  readonly baseline: string
  readonly prompts: readonly string[]
}

export const SUITES: Readonly<Record<string, Suite>> = {
  cartpole: { baseline: 'pole and cart', prompts: ['pole vertically upright on top of the cart'] },
  'mountain-car': {
    baseline: 'a car in the mountain',
    prompts: ['a car at the peak of the mountain, next to the yellow flag'],
  },
  'humanoid-pose': {
    baseline: 'a humanoid robot',
    prompts: [
      'a humanoid robot kneeling',
      'a humanoid robot seated down, meditating in the lotus position',
      'a humanoid robot standing up',
      'a humanoid robot standing up, with both arms raised',
      'a humanoid robot practicing gymnastics, doing the side splits',
      'a humanoid robot standing up with hands on hips',
      'a humanoid robot standing up on one leg',
      'a humanoid robot standing up, with its arms crossed',
    ],
  },
}
