/**
 * How a reward program is written, as declarations of 'carrot-rl' that hold for every environment. Together with the
 * environment's `abstractionOf` they are all that a program is checked against, and all that a language model has to know.
 */

/** The form of a program, and the functions it may use. For prompts and for the checker. */
export const LANGUAGE = `declare module 'carrot-rl' {
  // A program's default export. reads: what it uses of Signals. The reward of a step is the weighted sum of the terms.
  function defineReward<const R extends Reads, T>(definition: {
    name: string // lower-case-with-hyphens
    env?: string
    envOptions?: { readonly [setting: string]: number | boolean | string } // settings of env that must be other than they are
    about?: string // one sentence
    phrases?: readonly string[]
    reads: R & Offered<R>
    terms: { readonly [K in keyof T]: Term<R, T[K]> }
    combine?: (weighted: { readonly [K in keyof T]: number }) => number // in place of the sum
    rate?: 'per-step' | 'per-second' // per-second: times dt
    success?: (s: State<R>) => boolean // judged after every step, never paid; without it the environment judges
    succeeds?: 'last' | 'ever' | number // after which steps it must hold: the last, any, or this share
  }): RewardProgram
  // A formula returns a magnitude; the weight says how much it counts, and whether it is good or bad (negative).
  interface Term<R, M> {
    weight: number
    value?: (s: State<R>, memory: Memory<M>) => number // paid as it is
    memory?: M // { airTime: 4 }: numbers it keeps, as memory.airTime[0], zero when an episode starts
    potential?: (s: Readings<R>) => number // or this, paid as γΦ(s')-Φ(s): guides, cannot change what is best
  }
  type State<R> = Readings<R> & { // after the step
    readonly prev: Readings<R> // before it
    readonly action: Action
    readonly time: number // s since the episode began
    readonly dt: number // s
    readonly ends: number // 1 in the last step of an episode
  }
  // Formulas see scalar and flag as a number (a flag is 0 or 1), vec3 as Vector3, quat as Quaternion, vector as a list.
  interface Vector3 { readonly x: number; readonly y: number; readonly z: number }
  interface Quaternion extends Vector3 { readonly w: number }
  type Vector = ArrayLike<number>

  // Besides these: plain functions, loops and conditions, lists and objects, Math but for random. No class, this, try, async,
  // generator, getter, delete, Map, Set, typed array, regular expression, JSON, console or clock; of methods no join, split,
  // repeat, flat or flatMap; no rest in a pattern ([a, ...b]), and outside of functions const alone.
  function clamp(x: number, low: number, high: number): number
  function norm(v: Vector3): number
  function distance(a: Vector3, b: Vector3): number
  function sumSquares(values: Vector): number
  function sumAbs(values: Vector): number
  // 1 from above to below, outside falling as a Gaussian to valueAtMargin (0.1) at the distance margin (0: at once)
  function tolerance(x: number, options: ToleranceOptions): number
  interface ToleranceOptions { above?: number; below?: number; margin?: number; valueAtMargin?: number }
  function nearness(distance: number, rate?: number): number // 1 - tanh(rate·distance), rate 5 per m
  function reaching(distance: number): number // nearness at 3 and 12 per m, halved: leads from afar and to the place
  function distanceBeside(hand: Vector3, thing: Vector3, offset: readonly [x: number, y: number, z: number]): number
  function tracking(error: number, sigma: number): number // exp(-error²/sigma)
  function meanVelocity(now: number, before: number, dt: number): number
  function uprightness(cosine: number): number // 1 upright, 0 upside down
  function clippedSquares(values: Vector, limit: number): number
  function depthInArea(distances: Vector, radii: readonly number[]): number // 1 in the middle of an area, 0 at its rim
  function longTail(distance: number, within: number, margin: number): number // 1 up to within, 1/(1 + 9(d/margin)²) beyond
  function bothOf(a: number, b: number): number // near 0 as soon as one of two shares is
  function atStart(memory: Float64Array, value: number): number // what it was called with first in this episode
  function gained(angle: number, furthest: Float64Array): number // rad beyond the furthest so far of this episode
  function hasTurnedOver(angle: number): boolean // upright again after one or more whole turns
  // Of a humanoid, 1 when met and falling off smoothly:
  function isUpright(torsoUp: number): number
  function isTall(pelvis: Vector3): number
  function isSeated(pelvis: Vector3): number
  function footDown(foot: Vector3): number
  function isStill(velocity: Vector3): number
  function meanOfSides(right: number, left: number): number
}
`

/**
 * What makes the checker see what the texts above say: a signal is its number of values, unit and frame; whoever reads it
 * chooses how formulas see it. `Numbers` makes a tuple of a list, so that an index beyond its end is an error.
 */
export const MACHINERY = `declare module 'carrot-rl' {
  interface RewardProgram { readonly name: string }
  type Reads = { readonly [name: string]: Read<string, number, Unit, Frame> }
  type Offered<R> = { readonly [K in keyof R]: K extends keyof Signals ? Signals[K] : never }
  type Readings<R> = { readonly [K in keyof R]: Shown<R[K], K> }
  type Shown<D, K> = D extends { view: 'scalar' } ? number : D extends { view: 'vec3' } ? Vector3
    : D extends { view: 'quat' } ? Quaternion
    : K extends keyof Signals ? Numbers<Exclude<Signals[K]['length'], 0>> : Vector
  type Numbers<N, A extends number[] = []> = A['length'] extends N ? Readonly<A> : Numbers<N, [...A, number]>
  type Memory<M> = { readonly [K in keyof M]: Float64Array }

  type Unit = 'm' | 'm/s' | 'm/s²' | 'rad' | 'rad/s' | 'N' | 'N·m' | 's' | 'kg' | 'W' | '1' | 'bool'
  type Frame = 'world' | 'body' | 'camera'
  interface Signal<N, U, F> { readonly length: N | 0; readonly unit: U; readonly frame?: F }
  type flag = Signal<1, 'bool', never>
  type scalar<U, F = never> = Signal<1, U, F>
  type vec3<U, F = never> = Signal<3, U, F>
  type quat<F = never> = Signal<4, '1', F>
  type vector<N, U, F = never> = Signal<N, U, F>
  interface Read<V, N, U, F> { readonly view: V; readonly length: N; readonly unit: U; readonly frame?: F }
  function flag(): Read<'scalar', 1, 'bool', never>
  function scalar<U extends Unit>(unit: U): Read<'scalar', 1, U, never>
  function scalar<U extends Unit, F extends Frame>(unit: U, frame: F): Read<'scalar', 1, U, F>
  function vec3<U extends Unit>(unit: U): Read<'vec3', 3, U, never>
  function vec3<U extends Unit, F extends Frame>(unit: U, frame: F): Read<'vec3', 3, U, F>
  function quat(): Read<'quat', 4, '1', never>
  function quat<F extends Frame>(frame: F): Read<'quat', 4, '1', F>
  function vector<U extends Unit>(unit: U): Read<'vector', 0, U, never>
  function vector<U extends Unit, F extends Frame>(unit: U, frame: F): Read<'vector', 0, U, F>
  function vector<N extends number, U extends Unit>(length: N, unit: U): Read<'vector', Known<N>, U, never>
  function vector<N extends number, U extends Unit, F extends Frame>(length: N, unit: U, frame: F): Read<'vector', Known<N>, U, F>
  type Known<N extends number> = number extends N ? 0 : N

  // Terms that are paid from elsewhere.
  interface Term<R, M> { label?: string; vision?: Vision }
  interface Vision { readonly model: string; readonly prompts: readonly string[] }
  function label(options: { weight: number; column: string }): { weight: number; label: string }
  function vlm(options: VlmOptions): { weight: number; vision: Vision }
  type Texts = string | readonly string[]
  interface VlmOptions {
    weight: number
    prompt: Texts
    baseline?: Texts
    alpha?: number
    camera?: Texts
    every?: number
    policy?: 'wait' | 'late' | 'hold'
    head?: 'goal-baseline' | { softmax: Texts; temperature?: number; threshold?: number } | { threshold: number }
    shape?: 'value' | 'potential' | 'minus-initial'
    normalise?: { mean: number; std: number }
    share?: number
    distil?: boolean
    model?: string
  }
}
declare module 'carrot-rl/reward' { export * from 'carrot-rl' }
`
