/** Straight walls in a plane: how far a ray goes, and how near a point is. Walls are [x1, y1, x2, y2]. */
export type Wall = readonly [number, number, number, number]

/** Distance along a ray of direction (dx, dy), a unit vector, to the nearest wall; `range` at most. */
export function sight(
  walls: readonly Wall[],
  x: number,
  y: number,
  dx: number,
  dy: number,
  range: number,
): number {
  let nearest = range
  for (const [x1, y1, x2, y2] of walls) {
    const ex = x2 - x1
    const ey = y2 - y1
    const cross = dx * ey - dy * ex
    // Along the wall: it is seen from its end, by the walls that it joins.
    if (cross === 0) continue
    const along = ((x1 - x) * ey - (y1 - y) * ex) / cross
    const part = ((x1 - x) * dy - (y1 - y) * dx) / cross
    if (along >= 0 && along < nearest && part >= 0 && part <= 1) nearest = along
  }
  return nearest
}

/** Writes the point of a wall nearest to (x, y) to `out`, and returns how far it is. */
export function nearestPoint(
  [x1, y1, x2, y2]: Wall,
  x: number,
  y: number,
  out: { x: number; y: number },
): number {
  const ex = x2 - x1
  const ey = y2 - y1
  const part = Math.max(0, Math.min(1, ((x - x1) * ex + (y - y1) * ey) / (ex * ex + ey * ey)))
  out.x = x1 + part * ex
  out.y = y1 + part * ey
  return Math.hypot(x - out.x, y - out.y)
}
