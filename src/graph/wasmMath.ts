/**
 * exp, tanh and log of four float32 numbers as WebAssembly instructions. Straight-line code, so every lane and every
 * row gets the same result. Relative errors are below 1e-7 (exp), 3.2e-7 (tanh) and 3e-7 (log) everywhere.
 */
import { type FunctionWriter, type SimdName, V128 } from './wasmAssembler.ts'

/** Writes expressions over v128 locals; constants are hoisted by `constant`. */
export interface MathWriter {
  readonly code: FunctionWriter
  readonly fma: boolean
  /** A local that holds a number four times. */
  constant(value: number): number
  /** A local that holds an int32 four times. */
  integer(value: number): number
}

/** local := op(operands). */
export function apply(w: MathWriter, op: SimdName, ...operands: number[]): number {
  for (const operand of operands) w.code.get(operand)
  const result = w.code.local(V128)
  w.code.simd(op).set(result)
  return result
}

/** a·b + c, fused where the build allows. */
function multiplyAdd(w: MathWriter, a: number, b: number, c: number): number {
  return w.fma ? apply(w, 'relaxedMadd', a, b, c) : apply(w, 'add', apply(w, 'mul', a, b), c)
}

/** Horner's rule, highest power first. */
function polynomial(w: MathWriter, x: number, coefficients: readonly number[]): number {
  const [first, ...rest] = coefficients
  return rest.reduce((sum, coefficient) => multiplyAdd(w, sum, x, w.constant(coefficient)), w.constant(first))
}

function shift(w: MathWriter, op: 'shiftLeftI32' | 'shiftRightI32', x: number): number {
  const result = w.code.local(V128)
  w.code.get(x).i32(23).simd(op).set(result)
  return result
}

/** mask ? a : b, lane by lane. */
export function select(w: MathWriter, mask: number, a: number, b: number): number {
  return apply(w, 'bitselect', a, b, mask)
}

/** ln 2 in two parts: the first has so few bits that its products with exponents are exact. */
const LN2_HIGH = 0.693145751953125
const LN2_LOW = 1.42860682e-6

/** The largest float32 whose exponential is one. */
const EXP_END = 88.72283172607422

/**
 * 2^n·e^r with |r| ≤ ln2/2 and e^r = 1 + r + r²·P(r), P a minimax fit. Below -87.3 it stays at 1.2e-38. n is added to the
 * exponent of e^r, as 2^128 is no float32.
 */
export function exp(w: MathWriter, x: number): number {
  const end = w.constant(EXP_END)
  const bounded = apply(w, 'pmin', apply(w, 'pmax', x, w.constant(-87.3)), end)
  const n = apply(w, 'nearest', apply(w, 'mul', bounded, w.constant(Math.LOG2E)))
  const r = multiplyAdd(w, n, w.constant(-LN2_LOW), multiplyAdd(w, n, w.constant(-LN2_HIGH), bounded))
  const p = polynomial(
    w,
    r,
    [1.979024414e-4, 1.394475859e-3, 8.333497674e-3, 4.166629363e-2, 1.666666586e-1, 5.000000068e-1],
  )
  const y = apply(w, 'add', multiplyAdd(w, apply(w, 'mul', r, r), p, r), w.constant(1))
  const scaled = apply(w, 'addI32', y, shift(w, 'shiftLeftI32', apply(w, 'truncateI32', n)))
  return select(w, apply(w, 'greater', x, end), w.constant(Number.POSITIVE_INFINITY), scaled)
}

/** x·P(x²)/Q(x²), a minimax fit on [-8, 8]; beyond, tanh is 1 to within float32. */
export function tanh(w: MathWriter, x: number): number {
  const bounded = apply(w, 'pmin', apply(w, 'pmax', x, w.constant(-8)), w.constant(8))
  const s = apply(w, 'mul', bounded, bounded)
  const p = polynomial(w, s, [1.523022894e-8, 2.189454167e-5, 3.571591246e-3, 1.344449242e-1, 9.999999936e-1])
  const q = polynomial(w, s, [8.522374399e-7, 3.411280585e-4, 2.616441761e-2, 4.677781974e-1, 1])
  const y = apply(w, 'div', apply(w, 'mul', bounded, p), q)
  return apply(w, 'pmin', apply(w, 'pmax', y, w.constant(-1)), w.constant(1))
}

/** e·ln2 + log m with m in [√½, √2) and log m = 2·atanh((m-1)/(m+1)) as a series. Denormals count as 0. */
export function log(w: MathWriter, x: number): number {
  const fromRoot = apply(w, 'subI32', x, w.integer(0x3f3504f3)) // √½
  const e = shift(w, 'shiftRightI32', fromRoot)
  const m = apply(w, 'subI32', x, shift(w, 'shiftLeftI32', e))
  const one = w.constant(1)
  const t = apply(w, 'div', apply(w, 'sub', m, one), apply(w, 'add', m, one))
  const s = apply(w, 'mul', t, t)
  const series = polynomial(w, s, [2 / 9, 2 / 7, 2 / 5, 2 / 3, 2])
  const exponent = apply(w, 'convertI32', e)
  const low = multiplyAdd(w, exponent, w.constant(LN2_LOW), apply(w, 'mul', t, series))
  const finite = multiplyAdd(w, exponent, w.constant(LN2_HIGH), low)
  // log 0 = -∞, log of a negative number or NaN = NaN, log ∞ = ∞.
  const zero = w.constant(0)
  const tiny = apply(w, 'less', x, w.constant(1.1754944e-38))
  const low0 = select(
    w,
    apply(w, 'less', x, zero),
    w.constant(Number.NaN),
    w.constant(Number.NEGATIVE_INFINITY),
  )
  const positive = select(w, tiny, low0, finite)
  const huge = apply(w, 'greater', x, w.constant(3.4028235e38))
  const number = select(w, huge, w.constant(Number.POSITIVE_INFINITY), positive)
  return select(w, apply(w, 'equal', x, x), number, x)
}
