/** Terms about getting hold of things. */

/** 1 at the place, falling to 0 over about half a metre at rate 5 per m: the reaching reward of ManiSkill2 (Gu et al., 2023). */
export const nearness = (distance: number, rate = 5): number => 1 - Math.tanh(rate * distance)
