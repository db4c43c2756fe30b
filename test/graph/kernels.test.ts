/** The matrix product as compiled: both builds, every path through it, and that it is what its source says. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { relaxedSimd, simd, sourceHash } from '../../src/graph/kernels/modules.ts'
import { random } from './executors.ts'

const folder = new URL('../../src/graph/kernels/', import.meta.url)

test('the modules were made from gemm.ts as it is', () => {
  const hash = createHash('sha256')
    .update(readFileSync(new URL('gemm.ts', folder)))
    .digest('hex')
  expect(sourceHash, 'run node src/graph/kernels/build.ts').toBe(hash)
})

test('compiled anew, gemm.ts gives the same bytes', async () => {
  const { kernelModules } = await import('../../src/graph/kernels/build.ts')
  expect(await kernelModules()).toBe(readFileSync(new URL('modules.ts', folder), 'utf8'))
})

/** A matrix in memory: element (i, j) is at start + i·row + j·column, in elements. */
interface Layout {
  readonly start: number
  readonly row: number
  readonly column: number
}

interface Product {
  readonly M: number
  readonly N: number
  readonly K: number
  /** Read transposed. */
  readonly turnA?: boolean
  readonly turnB?: boolean
  /** Elements between the rows of each matrix that are not its own. */
  readonly gap?: number
}

const CANARY = 12345.5
/** Elements that belong to nobody, between the matrices. */
const APART = 32

const memory = new WebAssembly.Memory({ initial: 200, maximum: 200 })
const floats = new Float32Array(memory.buffer)

type Gemm = (...sizesPlacesAndStrides: number[]) => void

function loadGemm(base64: string): Gemm {
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))
  return new WebAssembly.Instance(module, { env: { memory } }).exports.gemm as Gemm
}

/** Lays out A, B and C, fills A and B, multiplies, and returns C and the matrices' places. */
function multiply(gemm: Gemm, { M, N, K, turnA = false, turnB = false, gap = 0 }: Product) {
  let end = 16
  const place = (rows: number, columns: number, turned: boolean): Layout => {
    const [outer, inner] = turned ? [columns, rows] : [rows, columns]
    const start = end
    end += outer * (inner + gap) + APART
    return turned ? { start, row: 1, column: inner + gap } : { start, row: inner + gap, column: 1 }
  }
  const [a, b, c] = [place(M, K, turnA), place(K, N, turnB), place(M, N, false)]
  floats.set(random(c.start, 7), 0)
  floats.fill(CANARY, c.start, end)
  const strides = ({ row, column }: Layout) => [4 * row, 4 * column]
  gemm(M, N, K, 4 * a.start, ...strides(a), 4 * b.start, ...strides(b), 4 * c.start, 4 * c.row, 4 * end)
  return { a, b, c, result: floats.slice(c.start, end) }
}

/** Largest error over all elements of C; Infinity when anything beside them was written. */
function worstError(gemm: Gemm, product: Product): number {
  const { a, b, c, result } = multiply(gemm, product)
  const { M, N, K } = product
  let worst = 0
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let sum = 0
      for (let k = 0; k < K; k++)
        sum += floats[a.start + i * a.row + k * a.column] * floats[b.start + k * b.row + j * b.column]
      worst = Math.max(worst, Math.abs(result[i * c.row + j] - sum))
      result[i * c.row + j] = CANARY
    }
  }
  return result.every(x => x === CANARY) ? worst : Number.POSITIVE_INFINITY
}

const TURNS = [false, true].flatMap(turnA => [false, true].map(turnB => ({ turnA, turnB })))
const CASES: Readonly<Record<string, readonly Product[]>> = {
  'a few more and a few less than a tile': [15, 16, 17, 31, 33, 65].flatMap(M =>
    [1, 3, 8, 33].flatMap(N => TURNS.map(turns => ({ M, N, K: 19, gap: 2, ...turns }))),
  ),
  'more rows than a block': TURNS.map(turns => ({ M: 200, N: 20, K: 170, ...turns })),
  'more steps than a panel': TURNS.flatMap(turns => [
    { M: 5, N: 70, K: 300, ...turns },
    { M: 30, N: 13, K: 513, gap: 3, ...turns },
    { M: 2, N: 9, K: 600, ...turns },
  ]),
  'long columns': [{ M: 70, N: 24, K: 150, turnA: true, gap: 5 }],
}

for (const [build, base64] of Object.entries({ simd, relaxedSimd })) {
  describe(build, () => {
    const gemm = loadGemm(base64)

    test('all sizes up to 17, both operands as they are and transposed', () => {
      for (const turns of TURNS) {
        for (let M = 1; M <= 17; M++) {
          for (let N = 1; N <= 17; N++) {
            for (let K = 1; K <= 17; K++) {
              const error = worstError(gemm, { M, N, K, ...turns })
              if (error > 2e-6) expect.fail(`${error} off at ${JSON.stringify({ M, N, K, ...turns })}`)
            }
          }
        }
      }
    })

    for (const [title, products] of Object.entries(CASES)) {
      test(title, () => {
        for (const product of products)
          expect(worstError(gemm, product), JSON.stringify(product)).toBeLessThan(4e-5)
      })
    }

    test('a row of the result does not depend on how many rows there are', () => {
      for (const sizes of [
        { N: 64, K: 11 },
        { N: 3, K: 64 },
        { N: 33, K: 300, turnB: true },
      ]) {
        const { a, b, c, result } = multiply(gemm, { M: 37, ...sizes })
        const elsewhere = c.start + result.length
        const work = elsewhere + result.length
        const { N, K } = sizes
        for (const M of [1, 2, 3, 4, 7, 16, 20]) {
          const left = [4 * a.start, 4 * a.row, 4 * a.column]
          const right = [4 * b.start, 4 * b.row, 4 * b.column]
          gemm(M, N, K, ...left, ...right, 4 * elsewhere, 4 * N, 4 * work)
          expect(floats.slice(elsewhere, elsewhere + M * N)).toEqual(result.slice(0, M * N))
        }
      }
    })
  })
}
