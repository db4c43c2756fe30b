/** Terms about the pose of a humanoid of Gymnasium's proportions, each 1 when met and falling off smoothly. */
import { norm, tolerance, type Vector3 } from '../../src/core/math.ts'

export const meanOfSides = (right: number, left: number): number => (right + left) / 2

/** The torso within 30° of upright, from the cosine of its tilt. */
export const isUpright = (torsoUp: number): number =>
  tolerance(torsoUp, { above: Math.cos(Math.PI / 6), margin: 1 })

/** The pelvis as high as on straight legs. */
export const isTall = (pelvis: Vector3): number => tolerance(pelvis.z, { above: 0.8, margin: 0.6 })

/** The pelvis on the floor; its own radius is 0.09 m. */
export const isSeated = (pelvis: Vector3): number => tolerance(pelvis.z, { below: 0.13, margin: 0.7 })

/** A foot on the floor; its own radius is 0.075 m. */
export const footDown = (foot: Vector3): number => tolerance(foot.z, { below: 0.1, margin: 0.3 })

/** Neither falling nor moving about. */
export const isStill = (velocity: Vector3): number => tolerance(norm(velocity), { below: 0.3, margin: 2 })
