/** All that a program uses of the library while it is defined and while it runs; what untrusted programs may import. */

export {
  clamp,
  distance,
  norm,
  sumAbs,
  sumSquares,
  type ToleranceOptions,
  tolerance,
  type Vector3,
} from '../src/core/math.ts'
export {
  defineReward,
  flag,
  label,
  type Memory,
  type Quaternion,
  quat,
  type Readings,
  type Reads,
  type RewardDefinition,
  type State,
  scalar,
  type Term,
  type Vector,
  vec3,
  vector,
} from './define.ts'
export { depthInArea } from './terms/areas.ts'
export { clippedSquares } from './terms/contact.ts'
export { gained, hasTurnedOver } from './terms/flips.ts'
export { distanceBeside, nearness, reaching } from './terms/handling.ts'
export { atStart, bothOf, longTail } from './terms/metaworld.ts'
export { meanVelocity, tracking, uprightness } from './terms/motion.ts'
export { footDown, isSeated, isStill, isTall, isUpright, meanOfSides } from './terms/pose.ts'
export { type VlmOptions, vlm } from './vlm/index.ts'
