/** Kinematics of the Panda arm: where the gripper is for given joint angles, and the angles that move it. */

/** Joints of the arm. */
export const ARM_JOINTS = 7
/** Franka's published Denavit–Hartenberg parameters, Craig's convention: a, d in m, α in rad, per joint. */
export const DH = [
  [0, 0.333, 0],
  [0, 0, -Math.PI / 2],
  [0, 0.316, Math.PI / 2],
  [0.0825, 0, Math.PI / 2],
  [-0.0825, 0.384, -Math.PI / 2],
  [0, 0, Math.PI / 2],
  [0.088, 0, Math.PI / 2],
] as const
/** Franka's published limits, rad. */
export const JOINT_LIMITS = [
  [-2.8973, 2.8973],
  [-1.7628, 1.7628],
  [-2.8973, 2.8973],
  [-3.0718, -0.0698],
  [-2.8973, 2.8973],
  [-0.0175, 3.7525],
  [-2.8973, 2.8973],
] as const
/** From the last joint to the point between the finger pads, along the gripper: flange 0.107, hand 0.1034, m. */
export const TCP_OFFSET = 0.107 + 0.1034
/** The hand is mounted turned by this much about the gripper's axis, rad. */
export const HAND_TURN = -Math.PI / 4

/**
 * Damping of the least squares, in the units of the pose (m and rad): keeps the joints slow near singular poses, such as
 * the wrist's in the mobile robot's start.
 */
const DAMPING = 0.05
/** Newton steps: what they leave of a full step is less than a twentieth. */
const ITERATIONS = 3

/** Preallocated, so that it can be used at every control step. Base frame: z up along joint 1, x forward. */
export class ArmKinematics {
  /** [3] where the point between the pads is, m. */
  readonly position = new Float64Array(3)
  /** [3, 3] row-major orientation of the hand: z the way the fingers point, y the way they open. */
  readonly rotation = new Float64Array(9)
  /** [7, 3] where the joints are, and which way they turn. */
  private readonly anchors = new Float64Array(3 * ARM_JOINTS)
  private readonly axes = new Float64Array(3 * ARM_JOINTS)
  /** [6, 7] velocity of the point, then angular velocity, per joint velocity. */
  readonly jacobian = new Float64Array(6 * ARM_JOINTS)
  private readonly frame = new Float64Array(9)
  private readonly turned = new Float64Array(9)
  private readonly normal = new Float64Array(36)
  private readonly error = new Float64Array(6)
  private readonly goal = new Float64Array(3)
  private readonly goalRotation = new Float64Array(9)

  /** Fills position, rotation and jacobian for the angles q[at]…q[at+6]. */
  forward(q: ArrayLike<number>, at = 0): void {
    const { position, rotation, anchors, axes, frame, turned } = this
    position.fill(0)
    frame.fill(0)
    frame[0] = frame[4] = frame[8] = 1
    for (let i = 0; i < ARM_JOINTS; i++) {
      const joint = DH[i]
      advance(position, frame, 0, joint[0])
      rotateX(frame, joint[2], turned)
      rotateZ(turned, q[at + i], frame)
      advance(position, frame, 2, joint[1])
      for (let k = 0; k < 3; k++) {
        anchors[3 * i + k] = position[k]
        axes[3 * i + k] = frame[3 * k + 2]
      }
    }
    advance(position, frame, 2, TCP_OFFSET)
    rotateZ(frame, HAND_TURN, rotation)
    this.fillJacobian()
  }

  private fillJacobian(): void {
    const { position: p, anchors, axes, jacobian: J } = this
    const n = ARM_JOINTS
    for (let i = 0; i < n; i++) {
      const ax = axes[3 * i]
      const ay = axes[3 * i + 1]
      const az = axes[3 * i + 2]
      const rx = p[0] - anchors[3 * i]
      const ry = p[1] - anchors[3 * i + 1]
      const rz = p[2] - anchors[3 * i + 2]
      J[i] = ay * rz - az * ry
      J[n + i] = az * rx - ax * rz
      J[2 * n + i] = ax * ry - ay * rx
      J[3 * n + i] = ax
      J[4 * n + i] = ay
      J[5 * n + i] = az
    }
  }

  /**
   * Angles `out` [7] that move the gripper from where it is with q[at]… by `shift` (m) and by the rotation vector `turn`
   * (rad), both from index `from` on in axes of the base: damped least squares (Wampler 1986), within the joint limits.
   */
  move(q: ArrayLike<number>, at: number, delta: ArrayLike<number>, from: number, out: Float64Array): void {
    const { position, rotation, goal, goalRotation } = this
    this.forward(q, at)
    for (let k = 0; k < 3; k++) goal[k] = position[k] + delta[from + k]
    rotateBy(rotation, delta[from + 3], delta[from + 4], delta[from + 5], goalRotation)
    for (let i = 0; i < ARM_JOINTS; i++) out[i] = q[at + i]
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      if (iteration > 0) this.forward(out)
      this.measureError()
      this.correct(out)
    }
  }

  /** Position error, then rotation error as a rotation vector. */
  private measureError(): void {
    const { error, goal, goalRotation, position, rotation } = this
    for (let k = 0; k < 3; k++) error[k] = goal[k] - position[k]
    rotationBetween(rotation, goalRotation, error, 3)
  }

  /** q += Jᵀ (J Jᵀ + λ²)⁻¹ e */
  private correct(q: Float64Array): void {
    const { jacobian: J, normal: M, error } = this
    const n = ARM_JOINTS
    for (let r = 0; r < 6; r++) {
      for (let c = 0; c <= r; c++) {
        let sum = r === c ? DAMPING * DAMPING : 0
        for (let i = 0; i < n; i++) sum += J[r * n + i] * J[c * n + i]
        M[6 * r + c] = sum
      }
    }
    solveCholesky(M, error)
    for (let i = 0; i < n; i++) {
      let step = 0
      for (let r = 0; r < 6; r++) step += J[r * n + i] * error[r]
      q[i] = Math.max(JOINT_LIMITS[i][0], Math.min(JOINT_LIMITS[i][1], q[i] + step))
    }
  }
}

/** Moves a point along a column of a rotation. */
function advance(point: Float64Array, frame: Float64Array, column: number, distance: number): void {
  for (let k = 0; k < 3; k++) point[k] += distance * frame[3 * k + column]
}

/** out = R · Rx(angle) */
function rotateX(R: Float64Array, angle: number, out: Float64Array): void {
  const c = Math.cos(angle)
  const s = Math.sin(angle)
  for (let k = 0; k < 9; k += 3) {
    out[k] = R[k]
    out[k + 1] = c * R[k + 1] + s * R[k + 2]
    out[k + 2] = c * R[k + 2] - s * R[k + 1]
  }
}

/** out = R · Rz(angle) */
function rotateZ(R: Float64Array, angle: number, out: Float64Array): void {
  const c = Math.cos(angle)
  const s = Math.sin(angle)
  for (let k = 0; k < 9; k += 3) {
    out[k] = c * R[k] + s * R[k + 1]
    out[k + 1] = c * R[k + 1] - s * R[k]
    out[k + 2] = R[k + 2]
  }
}

/** out = exp(x y z) · R, Rodrigues' formula. */
function rotateBy(R: Float64Array, x: number, y: number, z: number, out: Float64Array): void {
  const angle = Math.hypot(x, y, z)
  const a = angle < 1e-9 ? 1 : Math.sin(angle) / angle
  const b = angle < 1e-9 ? 0.5 : (1 - Math.cos(angle)) / (angle * angle)
  for (let c = 0; c < 3; c++) {
    const u = R[c]
    const v = R[3 + c]
    const w = R[6 + c]
    // ω × column, and ω × (ω × column)
    const p = y * w - z * v
    const q = z * u - x * w
    const r = x * v - y * u
    out[c] = u + a * p + b * (y * r - z * q)
    out[3 + c] = v + a * q + b * (z * p - x * r)
    out[6 + c] = w + a * r + b * (x * q - y * p)
  }
}

/** Writes the rotation vector that turns `from` into `to`, both [3, 3], for turns of less than half a circle. */
export function rotationBetween(
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  out: Float64Array,
  at: number,
): void {
  // Of R = to · fromᵀ, the antisymmetric part is sin(angle) · axis.
  const entry = (i: number, j: number) =>
    to[3 * i] * from[3 * j] + to[3 * i + 1] * from[3 * j + 1] + to[3 * i + 2] * from[3 * j + 2]
  const x = (entry(2, 1) - entry(1, 2)) / 2
  const y = (entry(0, 2) - entry(2, 0)) / 2
  const z = (entry(1, 0) - entry(0, 1)) / 2
  const sine = Math.hypot(x, y, z)
  const angle = Math.atan2(sine, (entry(0, 0) + entry(1, 1) + entry(2, 2) - 1) / 2)
  const scale = sine < 1e-9 ? 1 : angle / sine
  out[at] = scale * x
  out[at + 1] = scale * y
  out[at + 2] = scale * z
}

/** Solves M x = b in place for a symmetric positive definite M [6, 6], of which the lower half is given. */
function solveCholesky(M: Float64Array, b: Float64Array): void {
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = M[6 * i + j]
      for (let k = 0; k < j; k++) sum -= M[6 * i + k] * M[6 * j + k]
      M[6 * i + j] = i === j ? Math.sqrt(sum) : sum / M[6 * j + j]
    }
    for (let k = 0; k < i; k++) b[i] -= M[6 * i + k] * b[k]
    b[i] /= M[7 * i]
  }
  for (let i = 5; i >= 0; i--) {
    for (let k = i + 1; k < 6; k++) b[i] -= M[6 * k + i] * b[k]
    b[i] /= M[7 * i]
  }
}
