/** exp, tanh and log of the WASM executor over all of float32, as it is used: four lanes, with and without FMA. */
import { describe, expect, test } from 'vitest'
import { Graph, type Tensor } from '../../src/graph/graph.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'

/** f of numbers, computed by the executor. */
function computed(fma: boolean, x: Float32Array, f: (x: Tensor) => Tensor): Float32Array {
  const g = new Graph('math')
  g.output('y', f(g.input('x', [x.length])))
  using session = wasmExecutor({ fma }).compileSync(g)
  session.input('x').set(x)
  session.run()
  return session.output('y').slice()
}

/** Float32 numbers from `low` to `high`, evenly. */
function evenly(low: number, high: number, count = 100_001): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1))
}

/** Float32 numbers over all magnitudes from 2^low to 2^high. */
function magnitudes(low: number, high: number): Float32Array {
  return evenly(low, high).map(exponent => 2 ** exponent)
}

/** Largest relative error against float64. */
function worstRelative(x: Float32Array, y: Float32Array, exact: (x: number) => number): number {
  return x.reduce((worst, value, i) => {
    const wanted = exact(value)
    return Math.max(worst, Math.abs(y[i] - wanted) / Math.abs(wanted))
  }, 0)
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

for (const fma of [true, false]) {
  describe(fma ? 'with fused multiply-add' : 'without', () => {
    test('exp', () => {
      const x = evenly(-87.3, 88.7228)
      const y = computed(fma, x, t => t.exp())
      expect(worstRelative(x, y, Math.exp)).toBeLessThan(1e-7)
      const last = 88.72283172607422 // of float32, whose exponential float32 holds
      expect(computed(fma, Float32Array.of(last, 88.72284), t => t.exp())).toEqual(
        Float32Array.of(Math.exp(last), inf),
      )
      const ends = computed(fma, Float32Array.of(-inf, -100, 0, 100, inf, nan), t => t.exp())
      for (const end of ends.subarray(0, 2)) expect(end).toBeLessThan(1.22e-38)
      expect([...ends.subarray(2)]).toEqual([1, inf, inf, nan])
    })

    test('tanh', () => {
      const x = Float32Array.from([...magnitudes(-100, 7), ...evenly(-12, 12, 100_000)])
      const y = computed(fma, x, t => t.tanh())
      expect(worstRelative(x, y, Math.tanh)).toBeLessThan(3.2e-7)
      expect(y.every(value => Math.abs(value) <= 1)).toBe(true)
      const ends = computed(fma, Float32Array.of(0, inf, -inf, nan), t => t.tanh())
      expect(ends[0]).toBe(0)
      expect(ends[1]).toBeCloseTo(1, 6)
      expect(ends[2]).toBeCloseTo(-1, 6)
      expect(ends[3]).toBe(nan)
    })

    test('log', () => {
      const x = magnitudes(-125.9, 127.9).filter(value => value !== 1)
      const y = computed(fma, x, t => t.log())
      expect(worstRelative(x, y, Math.log)).toBeLessThan(3e-7)
      const near = evenly(0.5, 2).filter(value => value !== 1)
      const close = computed(fma, near, t => t.log())
      expect(worstRelative(near, close, Math.log)).toBeLessThan(3e-7)
      const ends = computed(fma, Float32Array.of(0, 1, inf, -1, nan), t => t.log())
      expect([...ends]).toEqual([-inf, 0, inf, nan, nan])
    })
  })
}
