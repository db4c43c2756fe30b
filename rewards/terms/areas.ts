/** What exploration tasks pay: nothing but for where an episode ended. */

/** How deep inside a goal area a point lies: 1 in the middle, 0 at the rim and outside; of the first area that holds it. */
export function depthInArea(distances: ArrayLike<number>, radii: readonly number[]): number {
  for (let i = 0; i < radii.length; i++) {
    if (distances[i] <= radii[i]) return (radii[i] - distances[i]) / radii[i]
  }
  return 0
}
