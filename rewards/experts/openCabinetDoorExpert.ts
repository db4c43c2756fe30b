import { clamp, defineReward, norm, type Quaternion, quat, scalar, type Vector3, vec3 } from '../library.ts'

/** Radius of the handle, and nearer than this to its middle the gripper has it between its pads, m. */
const RADIUS = 0.009
const AT_HANDLE = 0.02
/** Share of the range that is open enough; the whole range, rad. */
const ENOUGH = 0.9
const RANGE = Math.PI / 2
/** From the hinge to the middle of the door, m. */
const MIDDLE = 0.19
/** Slower than these the door is static, m/s and rad/s. */
const STATIC_SPEED = 0.1
const STATIC_TURN = 1

/**
 * The reward of ManiSkill2's OpenCabinetDoor-v1 with its weights and stages. Published distances are of points sampled
 * on fingers and handle; here they are from the middle of the pads to the middle of the handle. Up to −1.5.
 */
export default defineReward({
  name: 'open-cabinet-door-expert',
  env: 'open-cabinet-door',
  about: "Open the door of the cabinet, as ManiSkill2's own reward has it.",
  reads: {
    tcpToHandle: vec3('m', 'world'),
    tcpOrientation: quat('world'),
    openness: scalar('1'),
    openingSpeed: scalar('rad/s'),
  },
  terms: {
    // Paid always, so that whatever ends early is not better off.
    unfinished: { weight: -7, value: () => 1 },
    far: { weight: -2, value: s => norm(s.tcpToHandle) },
    beside: { weight: -1, value: s => 1 - clamp((RADIUS - norm(s.tcpToHandle) + 0.01) / 0.014, 0, 1) },
    misturn: { weight: -3, value: s => angleToGrasp(s.tcpOrientation, s.openness * RANGE) / Math.PI },
    hold: { weight: 0.5, value: s => holds(s.tcpToHandle) },
    open: { weight: 0.5, value: s => holds(s.tcpToHandle) * clamp(s.openness / ENOUGH, 0, 1) },
    move: {
      weight: 1.5,
      value: s =>
        s.openness >= ENOUGH ? 0 : holds(s.tcpToHandle) * clamp((s.openingSpeed + 0.1) / 0.6, 0, 1),
    },
    opened: { weight: 3.5, value: s => (s.openness >= ENOUGH ? holds(s.tcpToHandle) : 0) },
    drift: {
      weight: -1,
      value: s =>
        s.openness >= ENOUGH ? holds(s.tcpToHandle) * (MIDDLE + 0.5) * Math.abs(s.openingSpeed) : 0,
    },
    static: {
      weight: 1,
      value: s => {
        const turn = Math.abs(s.openingSpeed)
        const isStatic = turn <= STATIC_TURN && MIDDLE * turn <= STATIC_SPEED
        return s.openness >= ENOUGH && isStatic ? holds(s.tcpToHandle) : 0
      },
    },
  },
})

const holds = (gap: Vector3): number => (norm(gap) <= AT_HANDLE ? 1 : 0)

/** Of the hand from pointing at the door with its fingers left and right of the handle, either way up, rad. */
function angleToGrasp(hand: Quaternion, opened: number): number {
  // Turned back with the door, to where it is shut.
  const c = Math.cos(opened / 2)
  const s = Math.sin(opened / 2)
  const w = c * hand.w - s * hand.z
  const x = c * hand.x - s * hand.y
  const y = c * hand.y + s * hand.x
  const z = c * hand.z + s * hand.w
  const cosine = Math.SQRT1_2 * Math.max(Math.abs(x + z), Math.abs(w + y))
  return 2 * Math.acos(Math.min(1, cosine))
}
