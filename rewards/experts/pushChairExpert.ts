import { clamp, defineReward, norm, scalar, sumSquares, type Vector3, vec3 } from '../library.ts'

/** Tilted further than this the chair falls, rad. */
const FALLING = 0.2 * Math.PI
/** The hand is at the chair, and the chair at the target, within these, m. */
const AT_CHAIR = 0.1
const AT_TARGET = 0.15

/**
 * The reward of ManiSkill2's PushChair-v1 with its weights and stages, for one arm instead of two. The published distance
 * is the least from the hands to points sampled on the chair; here it is to the upper edge of the back. Below 0.
 */
export default defineReward({
  name: 'push-chair-expert',
  env: 'push-chair',
  about: "Push the chair to the target, as ManiSkill2's own reward has it.",
  reads: {
    tcpToRail: vec3('m', 'world'),
    chairPosition: vec3('m', 'world'),
    chairVelocity: vec3('m/s', 'world'),
    chairAngularVelocity: vec3('rad/s', 'body'),
    chairTilt: scalar('rad'),
  },
  terms: {
    unfinished: { weight: -10, value: s => (s.chairTilt < FALLING ? 1 : 0) },
    fallen: { weight: -5, value: s => (s.chairTilt < FALLING ? 0 : 1) },
    reach: {
      weight: 1,
      value: s => {
        const gap = norm(s.tcpToRail)
        return -gap - clamp(Math.log(gap + 1e-5), -10, 0)
      },
    },
    tilt: { weight: -0.2, value: s => s.chairTilt },
    control: { weight: -1e-6, value: s => Math.sqrt(sumSquares(s.action)) },
    hold: { weight: 2, value: s => (holds(s.tcpToRail, s.chairTilt) ? 1 : 0) },
    push: {
      weight: 2,
      value: s =>
        holds(s.tcpToRail, s.chairTilt) && off(s.chairPosition) > AT_TARGET
          ? Math.max(-1, 1 - Math.exp(speedAway(s.chairPosition, s.chairVelocity)))
          : 0,
    },
    left: {
      weight: -2,
      value: s =>
        holds(s.tcpToRail, s.chairTilt) && off(s.chairPosition) > AT_TARGET ? off(s.chairPosition) : 0,
    },
    there: {
      weight: 2,
      value: s => (holds(s.tcpToRail, s.chairTilt) && off(s.chairPosition) <= AT_TARGET ? 1 : 0),
    },
    rest: {
      weight: 2,
      value: s => {
        if (!holds(s.tcpToRail, s.chairTilt) || off(s.chairPosition) > AT_TARGET) return 0
        const speed = Math.hypot(s.chairVelocity.x, s.chairVelocity.y)
        const isStatic = speed <= 0.1 && norm(s.chairAngularVelocity) <= 0.2
        return Math.exp(-10 * speed) + (isStatic ? 1 : 0)
      },
    },
  },
})

const holds = (gap: Vector3, tilt: number): boolean => tilt < FALLING && norm(gap) < AT_CHAIR

/** From the target, m. */
const off = ({ x, y }: Vector3): number => Math.hypot(x, y)

/** m/s; below 0 on the way to the target. */
const speedAway = (at: Vector3, velocity: Vector3): number =>
  (at.x * velocity.x + at.y * velocity.y) / Math.max(1e-9, off(at))
