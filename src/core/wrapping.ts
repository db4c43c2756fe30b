/** What a user may put around an environment, as data: clocks, repeated and delayed actions, noise, other physics. */
/** One value, or a range from which one is drawn uniformly when an episode starts. */
export type Drawn = number | readonly [low: number, high: number]

/** What of a model's physics can be made heavier, rougher, stronger. */
export const FACTORS = ['mass', 'friction', 'gain', 'damping'] as const
export type Factor = (typeof FACTORS)[number]

export interface Wrapping {
  /** Control steps until the clock truncates the episode, in place of the environment's own. */
  readonly maxSteps?: number
  /** Control steps of the environment that one action holds for; rewards see the state after the last. */
  readonly actionRepeat?: number
  /** Observations that the policy sees at once: the newest and those before it. */
  readonly frameStack?: number
  /** Standard deviation of normal noise on what the policy sees, in the unit of each number; by field, or for all. */
  readonly obsNoise?: number | Readonly<Record<string, number>>
  /** Standard deviation of normal noise on actions, as a share of half their range. */
  readonly actionNoise?: number
  /** Control steps that an action waits before it is executed. */
  readonly delay?: Drawn
  /**
   * Factors on masses (and inertias), sliding friction, actuator gains and joint damping, drawn when an episode starts
   * from a reset: domain randomisation (Tobin et al., 2017; Peng et al., 2018).
   */
  readonly mass?: Drawn
  readonly friction?: Drawn
  readonly gain?: Drawn
  readonly damping?: Drawn
}

/** Whether rows need physics of their own. */
export const hasFactors = (wrapping: Wrapping): boolean =>
  FACTORS.some(factor => wrapping[factor] !== undefined)

export const rangeOf = (drawn: Drawn): readonly [low: number, high: number] =>
  typeof drawn === 'number' ? [drawn, drawn] : drawn
