import { clamp, defineReward, norm, type Quaternion, quat, scalar, type Vector3, vec3 } from '../library.ts'

/** Radius of the handle, and nearer than this to its middle the gripper has it between its pads, m. */
const RADIUS = 0.009
const AT_HANDLE = 0.02
/** Share of the range that is open enough. */
const ENOUGH = 0.9
/** Slower than this the drawer is static, m/s. */
const STATIC = 0.1

/**
 * The reward of ManiSkill2's OpenCabinetDrawer-v1 with its weights and stages. Published distances are of points sampled
 * on fingers and handle; here they are from the middle of the pads to the middle of the handle. Up to −1.5.
 */
export default defineReward({
  name: 'open-cabinet-drawer-expert',
  env: 'open-cabinet-drawer',
  about: "Open the drawer of the cabinet, as ManiSkill2's own reward has it.",
  reads: {
    tcpToHandle: vec3('m', 'world'),
    tcpOrientation: quat('world'),
    openness: scalar('1'),
    openingSpeed: scalar('m/s'),
  },
  terms: {
    // Paid always, so that whatever ends early is not better off.
    unfinished: { weight: -7, value: () => 1 },
    far: { weight: -2, value: s => norm(s.tcpToHandle) },
    beside: { weight: -1, value: s => 1 - clamp((RADIUS - norm(s.tcpToHandle) + 0.01) / 0.014, 0, 1) },
    misturn: { weight: -3, value: s => angleToGrasp(s.tcpOrientation) / Math.PI },
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
      value: s => (s.openness >= ENOUGH ? holds(s.tcpToHandle) * Math.abs(s.openingSpeed) : 0),
    },
    static: {
      weight: 1,
      value: s => (s.openness >= ENOUGH && Math.abs(s.openingSpeed) <= STATIC ? holds(s.tcpToHandle) : 0),
    },
  },
})

const holds = (gap: Vector3): number => (norm(gap) <= AT_HANDLE ? 1 : 0)

/** Of the hand from pointing at the cabinet with its fingers above and below the handle, either way up, rad. */
function angleToGrasp({ w, x, y, z }: Quaternion): number {
  const cosine = 0.5 * Math.max(Math.abs(x - w + z - y), Math.abs(w + x + y + z))
  return 2 * Math.acos(Math.min(1, cosine))
}
