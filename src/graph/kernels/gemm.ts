// Matrix product in AssemblyScript, built twice by build.ts: with plain SIMD and with relaxed SIMD (fused multiply-add).
//
// Every element of C is one chain of multiply-adds in the order of k, started from 0, whatever path computes it. That
// is what makes a row's result independent of how many rows there are; keep it so. Partial sums between blocks of k
// are stored as float32, which does not round again.
//
// Sizes: C [M, N] = A [M, K] · B [K, N]. Strides are in bytes. Reads may run up to 32 bytes past a matrix.

/** k per block: a packed panel of B (8 columns) is 8 KiB then and stays in the first-level cache. */
const KC: i32 = 256
/** Rows per block of a packed A. */
const MC: i32 = 64

// @ts-ignore: decorator
@inline
function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(f32x4.mul(a, b), c)
}

/** Writes the first `count` lanes of lo and hi. */
function storeLanes(c: usize, lo: v128, hi: v128, count: i32): void {
  if (count >= 4) {
    v128.store(c, lo)
    if (count == 4) return
    c += 16
    count -= 4
    lo = hi
  }
  if (count >= 2) {
    v128.store64_lane(c, lo, 0)
    if (count == 3) v128.store32_lane(c, lo, 2, 8)
  } else {
    v128.store32_lane(c, lo, 0)
  }
}

// @ts-ignore: decorator
@inline
function store(c: usize, lo: v128, hi: v128, count: i32): void {
  if (count == 8) {
    v128.store(c, lo)
    v128.store(c, hi, 16)
  } else {
    storeLanes(c, lo, hi, count)
  }
}

/**
 * 4 rows × 8 columns (4 when not wide) of C over kc steps. In A, either the four rows are at a, a+ra, … and k steps by
 * 4 bytes (rowMajor), or the four rows are adjacent and k steps by ra. B steps by rb. The first `count` columns are
 * written.
 */
// @ts-ignore: decorator
@inline
function tile4(
  rowMajor: bool, wide: bool, kc: i32, a: usize, ra: usize, b: usize, rb: usize,
  c: usize, rc: usize, fresh: bool, count: i32,
): void {
  let c00 = f32x4.splat(0), c10 = c00, c20 = c00, c30 = c00
  let c01 = c00, c11 = c00, c21 = c00, c31 = c00
  if (!fresh) {
    let row = c
    c00 = v128.load(row); if (wide) c01 = v128.load(row, 16)
    row += rc
    c10 = v128.load(row); if (wide) c11 = v128.load(row, 16)
    row += rc
    c20 = v128.load(row); if (wide) c21 = v128.load(row, 16)
    row += rc
    c30 = v128.load(row); if (wide) c31 = v128.load(row, 16)
  }
  if (rowMajor) {
    let a1 = a + ra, a2 = a1 + ra, a3 = a2 + ra
    // Not unrolled: by four it ran at 0.6 of the speed in Node 26.
    for (let k = kc; k > 0; k--) {
      const b0 = v128.load(b)
      const b1 = wide ? v128.load(b, 16) : b0
      let x = v128.load32_splat(a); c00 = fma(x, b0, c00); if (wide) c01 = fma(x, b1, c01)
      x = v128.load32_splat(a1); c10 = fma(x, b0, c10); if (wide) c11 = fma(x, b1, c11)
      x = v128.load32_splat(a2); c20 = fma(x, b0, c20); if (wide) c21 = fma(x, b1, c21)
      x = v128.load32_splat(a3); c30 = fma(x, b0, c30); if (wide) c31 = fma(x, b1, c31)
      b += rb
      a += 4
      a1 += 4
      a2 += 4
      a3 += 4
    }
  } else {
    for (let k = kc; k > 0; k--) {
      const b0 = v128.load(b)
      const b1 = wide ? v128.load(b, 16) : b0
      let x = v128.load32_splat(a); c00 = fma(x, b0, c00); if (wide) c01 = fma(x, b1, c01)
      x = v128.load32_splat(a, 4); c10 = fma(x, b0, c10); if (wide) c11 = fma(x, b1, c11)
      x = v128.load32_splat(a, 8); c20 = fma(x, b0, c20); if (wide) c21 = fma(x, b1, c21)
      x = v128.load32_splat(a, 12); c30 = fma(x, b0, c30); if (wide) c31 = fma(x, b1, c31)
      a += ra
      b += rb
    }
  }
  store(c, c00, c01, count)
  c += rc
  store(c, c10, c11, count)
  c += rc
  store(c, c20, c21, count)
  c += rc
  store(c, c30, c31, count)
}

function rowMajor4x8(kc: i32, a: usize, ra: usize, b: usize, rb: usize, c: usize, rc: usize, fresh: bool, n: i32): void {
  tile4(true, true, kc, a, ra, b, rb, c, rc, fresh, n)
}
function rowMajor4x4(kc: i32, a: usize, ra: usize, b: usize, rb: usize, c: usize, rc: usize, fresh: bool, n: i32): void {
  tile4(true, false, kc, a, ra, b, rb, c, rc, fresh, n)
}
function adjacent4x8(kc: i32, a: usize, ra: usize, b: usize, rb: usize, c: usize, rc: usize, fresh: bool, n: i32): void {
  tile4(false, true, kc, a, ra, b, rb, c, rc, fresh, n)
}
function adjacent4x4(kc: i32, a: usize, ra: usize, b: usize, rb: usize, c: usize, rc: usize, fresh: bool, n: i32): void {
  tile4(false, false, kc, a, ra, b, rb, c, rc, fresh, n)
}

/** 1 row × up to 8 columns. */
function row8(kc: i32, a: usize, ca: usize, b: usize, rb: usize, c: usize, fresh: bool, count: i32): void {
  let c0 = f32x4.splat(0), c1 = c0
  if (!fresh) {
    c0 = v128.load(c)
    c1 = v128.load(c, 16)
  }
  for (let k = kc; k > 0; k--) {
    const x = v128.load32_splat(a)
    c0 = fma(x, v128.load(b), c0)
    c1 = fma(x, v128.load(b, 16), c1)
    a += ca
    b += rb
  }
  store(c, c0, c1, count)
}

/** 1 row × 32 columns: eight independent chains, for acting on one observation. */
function row32(kc: i32, a: usize, ca: usize, b: usize, rb: usize, c: usize, fresh: bool): void {
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0
  if (!fresh) {
    c0 = v128.load(c)
    c1 = v128.load(c, 16)
    c2 = v128.load(c, 32)
    c3 = v128.load(c, 48)
    c4 = v128.load(c, 64)
    c5 = v128.load(c, 80)
    c6 = v128.load(c, 96)
    c7 = v128.load(c, 112)
  }
  for (let k = kc; k > 0; k--) {
    const x = v128.load32_splat(a)
    c0 = fma(x, v128.load(b), c0)
    c1 = fma(x, v128.load(b, 16), c1)
    c2 = fma(x, v128.load(b, 32), c2)
    c3 = fma(x, v128.load(b, 48), c3)
    c4 = fma(x, v128.load(b, 64), c4)
    c5 = fma(x, v128.load(b, 80), c5)
    c6 = fma(x, v128.load(b, 96), c6)
    c7 = fma(x, v128.load(b, 112), c7)
    a += ca
    b += rb
  }
  v128.store(c, c0)
  v128.store(c, c1, 16)
  v128.store(c, c2, 32)
  v128.store(c, c3, 48)
  v128.store(c, c4, 64)
  v128.store(c, c5, 80)
  v128.store(c, c6, 96)
  v128.store(c, c7, 112)
}

/** Copies columns of B into panels [N/8][kc][8]; columns past N are whatever lies there, or 0. */
function packB(kc: i32, N: i32, b: usize, rb: usize, cb: usize, to: usize): void {
  for (let j = 0; j < N; j += 8) {
    const n = min(8, N - j)
    let from = b + usize(j) * cb
    let p = to
    to += usize(kc) << 5
    if (cb == 4) {
      for (let k = 0; k < kc; k++) {
        v128.store(p, v128.load(from))
        v128.store(p, v128.load(from, 16), 16)
        from += rb
        p += 32
      }
      continue
    }
    let k = 0
    if (rb == 4 && n == 8) {
      // Transposed: blocks of 4 × 4.
      for (; k + 4 <= kc; k += 4) {
        transpose4(from, cb, p)
        transpose4(from + (cb << 2), cb, p + 16)
        from += 16
        p += 128
      }
    }
    for (; k < kc; k++) {
      for (let lane = 0; lane < 8; lane++) {
        const value: f32 = lane < n ? f32.load(from + usize(lane) * cb) : 0
        f32.store(p + (usize(lane) << 2), value)
      }
      from += rb
      p += 32
    }
  }
}

/** Four vectors at from, from+step, … become the columns of four rows 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, step: usize, to: usize): void {
  const x0 = v128.load(from), x1 = v128.load(from + step)
  const x2 = v128.load(from + step * 2), x3 = v128.load(from + step * 3)
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7)
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2))
  v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 32)
  v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 64)
  v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 96)
}

/** Copies `rows` rows (a multiple of 4) of A into tiles [rows/4][kc][4]. */
function packA(rows: i32, kc: i32, a: usize, ra: usize, ca: usize, to: usize): void {
  for (let i = 0; i < rows; i += 4) {
    let from = a + usize(i) * ra
    if (ra == 4) {
      for (let k = 0; k < kc; k++) {
        v128.store(to, v128.load(from))
        from += ca
        to += 16
      }
      continue
    }
    for (let k = 0; k < kc; k++) {
      f32.store(to, f32.load(from))
      f32.store(to, f32.load(from + ra), 4)
      f32.store(to, f32.load(from + ra * 2), 8)
      f32.store(to, f32.load(from + ra * 3), 12)
      from += ca
      to += 16
    }
  }
}

/** Columns of one block of rows against B, whose panels of 8 columns are `panel` bytes apart and whose k steps by rb. */
function block(
  rows: i32, N: i32, kc: i32, a: usize, ra: usize, ca: usize, tiles: usize,
  b: usize, rb: usize, panel: usize, c: usize, rc: usize, fresh: bool,
): void {
  for (let j = 0; j < N; j += 8) {
    const n = min(8, N - j)
    let i = 0
    for (; i + 4 <= rows; i += 4) {
      const to = c + usize(i) * rc
      if (tiles != 0) {
        const tile = tiles + usize(i * kc) * 4
        if (n > 4) adjacent4x8(kc, tile, 16, b, rb, to, rc, fresh, n)
        else adjacent4x4(kc, tile, 16, b, rb, to, rc, fresh, n)
      } else if (ca == 4) {
        if (n > 4) rowMajor4x8(kc, a + usize(i) * ra, ra, b, rb, to, rc, fresh, n)
        else rowMajor4x4(kc, a + usize(i) * ra, ra, b, rb, to, rc, fresh, n)
      } else {
        if (n > 4) adjacent4x8(kc, a + usize(i) * ra, ca, b, rb, to, rc, fresh, n)
        else adjacent4x4(kc, a + usize(i) * ra, ca, b, rb, to, rc, fresh, n)
      }
    }
    for (; i < rows; i++) row8(kc, a + usize(i) * ra, ca, b, rb, c + usize(i) * rc, fresh, n)
    b += panel
    c += 32
  }
}

/**
 * C [M, N] = A · B. A(i, k) is at a + i·ra + k·ca, B(k, j) at b + k·rb + j·cb, C(i, j) at c + i·rc + 4·j. `work` has
 * room for min(K, KC) rows of a packed B (N rounded up to 8 columns) and of a packed A (MC rows), and 64 bytes more.
 */
export function gemm(
  M: i32, N: i32, K: i32, a: usize, ra: usize, ca: usize, b: usize, rb: usize, cb: usize,
  c: usize, rc: usize, work: usize,
): void {
  // B is read where it lies when it is small, or when there are too few rows to pay for packing.
  const direct = cb == 4 && (M < 16 || K * N <= 4096)
  // The four rows of a tile are adjacent, or each contiguous; else A is packed. Also where columns are far apart.
  const packs = M >= 4 && ca != 4 && (ra != 4 || K * M > 8192)
  const tiles = packs ? work + usize(min(K, KC)) * usize((N + 7) & ~7) * 4 : 0
  const rowBlock = packs || M * min(K, KC) > 32768 ? MC : M
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kc = min(KC, K - k0)
    const fresh = k0 == 0
    const bk = b + usize(k0) * rb
    if (!direct) packB(kc, N, bk, rb, cb, work)
    for (let i0 = 0; i0 < M; i0 += rowBlock) {
      const rows = min(rowBlock, M - i0)
      const ai = a + usize(i0) * ra + usize(k0) * ca
      const ci = c + usize(i0) * rc
      if (direct) {
        if (rows < 4) {
          for (let i = 0; i < rows; i++) {
            let j = 0
            for (; j + 32 <= N; j += 32) {
              row32(kc, ai + usize(i) * ra, ca, bk + usize(j) * 4, rb, ci + usize(i) * rc + usize(j) * 4, fresh)
            }
            for (; j < N; j += 8) {
              row8(kc, ai + usize(i) * ra, ca, bk + usize(j) * 4, rb, ci + usize(i) * rc + usize(j) * 4, fresh, min(8, N - j))
            }
          }
          continue
        }
        if (packs) packA(rows & ~3, kc, ai, ra, ca, tiles)
        block(rows, N, kc, ai, ra, ca, tiles, bk, rb, 32, ci, rc, fresh)
      } else {
        if (packs) packA(rows & ~3, kc, ai, ra, ca, tiles)
        block(rows, N, kc, ai, ra, ca, tiles, work, 32, usize(kc) << 5, ci, rc, fresh)
      }
    }
  }
}
