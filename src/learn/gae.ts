/** Generalised advantage estimation (Schulman et al., 2016, eq. 16) over next-step-autoreset columns. */

export interface GaeColumns {
  readonly T: number
  readonly N: number
  /** [T, N] */
  readonly reward: ArrayLike<number>
  /** [T+1, N] V of every observation. */
  readonly values: ArrayLike<number>
  readonly terminated: ArrayLike<number>
  readonly truncated: ArrayLike<number>
  /** [T, N] 0 where the row was only reset. */
  readonly valid: ArrayLike<number>
}

/**
 * A(t) = δ(t) + γλ A(t+1) with δ(t) = r(t) + γ V(s(t+1)) − V(s(t)). V is 0 after a termination; after a truncation the
 * true successor is still in row t+1, so its value is used and only the sum stops. Rows that were only reset get 0.
 * Writes [T, N] advantages.
 */
export function advantages(columns: GaeColumns, gamma: number, lambda: number, out: Float32Array): void {
  const { T, N, reward, values, terminated, truncated, valid } = columns
  for (let n = 0; n < N; n++) {
    let next = 0
    for (let t = T - 1; t >= 0; t--) {
      const row = t * N + n
      if (valid[row] !== 1) {
        next = 0
        out[row] = 0
        continue
      }
      const ended = terminated[row] === 1 || truncated[row] === 1
      const successor = terminated[row] === 1 ? 0 : values[row + N]
      const delta = reward[row] + gamma * successor - values[row]
      next = delta + (ended ? 0 : gamma * lambda * next)
      out[row] = next
    }
  }
}
