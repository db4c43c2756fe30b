/** What can be said of a state, how far it is true, and in which words. */

/** Signals of one row of an environment, by name. */
export type Row = Readonly<Record<string, Float64Array>>

/** Something that can be said of the states of some environments. */
export interface Statement {
  /** Unique among all statements. */
  readonly id: string
  /** How far it is true of a state, 0…1; NaN where the environment does not tell. */
  readonly degree: (row: Row) => number
  /**
   * Ways to say it. One that begins with a small letter and holds no subject follows the subject of the scene
   * ('kneeling' → 'a humanoid robot kneeling'); one marked with '=' is a caption by itself.
   */
  readonly phrases: readonly string[]
  /** Ways that training never sees. */
  readonly heldOut?: readonly string[]
  /** Environments it is about, where it is not about all of its scene: elsewhere it is false. */
  readonly only?: readonly string[]
  /** How often training asks for it, beside others of its scene; 1 when not given. */
  readonly weight?: number
}

export const statement = (
  id: string,
  degree: Statement['degree'],
  phrases: readonly string[],
  heldOut?: readonly string[],
  only?: readonly string[],
): Statement => ({ id, degree, phrases, heldOut, only })

/** Environments of which the same things can be said. */
export interface Scene {
  readonly id: string
  /** Ids of environments. */
  readonly envs: readonly string[]
  /** What is to be seen in it; the first is the plainest. */
  readonly subjects: readonly string[]
  readonly heldOutSubjects?: readonly string[]
  readonly statements: readonly Statement[]
}

/**
 * What is missing for a condition on a number: 0 where it holds, ½ at `margin` beyond the bound, and from there on
 * nearly in proportion to the distance, so that it pays everywhere to come closer.
 */
export function lack(
  x: number,
  { above = -Infinity, below = Infinity, margin }: { above?: number; below?: number; margin: number },
): number {
  const outside = x < above ? above - x : x > below ? x - below : 0
  const far = outside / margin
  return (far * far) / (1 + far)
}

/** How far all of several conditions hold, from what each of them lacks. */
export const all = (...lacks: readonly number[]): number => Math.exp(-lacks.reduce((sum, x) => sum + x, 0))

export const either = (...degrees: readonly number[]): number => Math.max(...degrees)

/** Partly but not quite: 1 at a degree of 0.45, falling off to both sides. */
export const nearly = (degree: number): number => {
  // On the scale on which degrees are products.
  const missing = -Math.log(Math.max(degree, 1e-6)) - 0.8
  const off = missing / (missing < 0 ? 0.35 : 0.7)
  return Math.exp(-off * off)
}
