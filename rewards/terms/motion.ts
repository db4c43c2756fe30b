/** Terms about where a body goes. */

/**
 * Mean velocity over a control step, m/s: the change of a coordinate over dt. This is the velocity that Gymnasium's MuJoCo
 * environments pay (`x_velocity`), which differs from the velocity at the end of the step.
 */
export const meanVelocity = (now: number, before: number, dt: number): number => (now - before) / dt

/**
 * 1 at no error, e^(−error²/σ) off it. The velocity-tracking reward of Rudin et al., "Learning to walk in minutes using
 * massively parallel deep reinforcement learning" (2022), where σ, in squared units of the error, is 0.25.
 */
export const tracking = (error: number, sigma: number): number => Math.exp((-error * error) / sigma)

/** 1 upright, 0 upside down, from the cosine of the tilt; as dm_control's `walker` pays it (Tassa et al., 2018). */
export const uprightness = (cosine: number): number => (1 + cosine) / 2
