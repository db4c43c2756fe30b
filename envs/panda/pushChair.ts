/** Bringing a chair to a place: ManiSkill2's PushChair-v1 (Gu et al., ICLR 2023), with one arm and a chair of our own. */
import type { Expert, ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { drive, wrap } from './driving.ts'
import { BASE_ACTIONS, baseReadouts, mobileActions, mobileControl, startMobile } from './mobile.ts'
import {
  armSignals,
  CONTROL,
  DT,
  difference,
  FRAME_SKIP,
  jointReadouts,
  jointSlice,
  tcpReadouts,
} from './panda.ts'
import { CLOSED, OPEN, pointingDown, steering } from './steering.ts'

/** The published criterion: from the target, m; tilt, rad; standing still, m/s and rad/s. */
const NEAR = 0.15
const TILT = 0.05 * Math.PI
const STILL_SPEED = 0.1
const STILL_TURN = 0.2
/** The chair starts this far from the target and the robot this far behind the chair, m. */
const DISTANCE = [0.8, 1.2]
/** Off from: the chair facing the target, the robot behind the chair, the robot facing it, rad. */
const CHAIR_TURN = 0.4 * Math.PI
const ROBOT_ASIDE = 0.2 * Math.PI
const ROBOT_TURN = 0.05 * Math.PI
/** How high the torso starts, m. */
const TORSO = 0.2

function startChair(sim: Views, rng: ResetRng): void {
  const { names, qpos } = sim
  const place = rng.range(-Math.PI, Math.PI)
  const distance = rng.range(DISTANCE[0], DISTANCE[1])
  const [x, y] = [distance * Math.cos(place), distance * Math.sin(place)]
  const facing = place - Math.PI + rng.range(-CHAIR_TURN, CHAIR_TURN)
  const chair = names.qpos('chair')
  qpos.set([x, y, 0, Math.cos(facing / 2), 0, 0, Math.sin(facing / 2)], chair)
  const behind = facing + Math.PI + rng.range(-ROBOT_ASIDE, ROBOT_ASIDE)
  const away = rng.range(DISTANCE[0], DISTANCE[1])
  const yaw = behind - Math.PI + rng.range(-ROBOT_TURN, ROBOT_TURN)
  startMobile(sim, x + away * Math.cos(behind), y + away * Math.sin(behind), yaw, TORSO)
}

/** Angle of the chair's own vertical from the vertical, rad. */
function tilt({ names, qpos }: Views): number {
  const at = names.qpos('chair')
  return 2 * Math.asin(Math.min(1, Math.hypot(qpos[at + 4], qpos[at + 5])))
}

function isThere(sim: Views): boolean {
  const { names, qpos, qvel } = sim
  const at = names.qpos('chair')
  const v = names.qvel('chair')
  return (
    Math.hypot(qpos[at], qpos[at + 1]) < NEAR &&
    tilt(sim) < TILT &&
    Math.hypot(qvel[v], qvel[v + 1], qvel[v + 2]) < STILL_SPEED &&
    Math.hypot(qvel[v + 3], qvel[v + 4], qvel[v + 5]) < STILL_TURN
  )
}

const chairReadouts = {
  chairPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Of the chair, from the middle of the target on the floor.',
    read: jointSlice('qpos', 'chair', 3),
  },
  chairOrientation: {
    shape: [4],
    unit: '1',
    frame: 'world',
    about: 'Of the chair, w x y z; it faces its x axis.',
    read: jointSlice('qpos', 'chair', 4, 3),
  },
  chairVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the chair, on the floor below its middle.',
    read: jointSlice('qvel', 'chair', 3),
  },
  chairAngularVelocity: {
    shape: [3],
    unit: 'rad/s',
    frame: 'body',
    about: 'Of the chair.',
    read: jointSlice('qvel', 'chair', 3, 3),
  },
  railPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Middle of the upper edge of its back.',
    read: sitePosition('rail'),
  },
  tcpToRail: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the gripper to the upper edge of the back.',
    read: difference(sitePosition('rail'), sitePosition('tcp')),
  },
} as const satisfies Readouts

/** qpos: the base's x, y and yaw, the torso, seven joints, two fingers, the chair's position and quaternion. */
export const pushChair = defineEnv(CONTROL, o => ({
  id: 'push-chair',
  version: 1,
  about: 'A mobile arm that brings a chair to a mark on the floor.',
  mjcf: new URL('./pushChair.xml', import.meta.url),
  dt: DT,
  frameSkip: FRAME_SKIP,
  maxSteps: 200,
  defaultReward: 'push-chair',
  success: { signal: 'there', over: 'ever' },
  action: mobileActions(o.control),
  currentPositions: true,
  obs: { ...baseReadouts, ...jointReadouts, ...tcpReadouts, ...chairReadouts },
  signals: {
    ...baseReadouts,
    ...armSignals,
    ...chairReadouts,
    chairTilt: {
      shape: [],
      unit: 'rad',
      about: 'Of the chair from upright.',
      read(sim, out, at) {
        out[at] = tilt(sim)
      },
    },
    there: {
      shape: [],
      unit: 'bool',
      about: 'The chair stands still and upright within 0.15 m of the target.',
      read: flagOf(isThere),
    },
  },
  start: startChair,
  act: mobileControl(o.control),
  isTerminal: () => false,
  expert: chairMover(o.control),
}))

const PHASE = { come: 0, lower: 1, close: 2, move: 3 }
/** Numbers of memory: the phase, steps in it, and where the base is from the chair when it holds it, x and y, and its yaw. */
const STEPS = 1
const HOLD = 2
/** From the middle of the base to the back of the chair, m. */
const STANDOFF = 0.72
/** The gripper comes this far above the edge, then reaches this far below it, m. */
const ABOVE = 0.1
const BELOW = 0.012
const CLOSING = 8
/** The hand points down: half the sine of its tilt, about; and is turned to lie across the back, rad. */
const DOWN = 0.15
const ALIGNED = 0.1
/** The base keeps this far ahead of the chair on the way, and stops this near to the target, m. */
const AHEAD = 0.3
const STOP = 0.05

/** Grips the edge of the chair's back from above, and drives off with it. */
function chairMover(control: string): Expert {
  const steer = steering(control, s => s.robotYaw[0])
  return (s, memory, action) => {
    const [x, y, z] = s.railPosition
    const [rx, ry] = s.robotPosition
    const chairYaw = 2 * Math.atan2(s.chairOrientation[3], s.chairOrientation[0])
    const across = chairYaw + Math.PI / 2
    const hand = s.tcpOrientation
    // First down, then about the vertical: the shortest way would take the wrist around.
    const isDown = Math.hypot(hand[0], hand[3]) < DOWN
    const turn = wrap(across - 2 * Math.atan2(hand[2], hand[1]))
    const reach = (height: number, grip: number) =>
      steer(
        s,
        [x, y, z + height],
        pointingDown(isDown ? across : s.robotYaw[0]),
        grip,
        action,
        BASE_ACTIONS.length,
      )
    if (memory[0] === PHASE.move) {
      const [cx, cy] = s.chairPosition
      const left = Math.hypot(cx, cy)
      const share = left < STOP ? 0 : Math.min(1, AHEAD / left)
      drive(
        s,
        memory[HOLD] + cx * (1 - share),
        memory[HOLD + 1] + cy * (1 - share),
        memory[HOLD + 2],
        TORSO,
        action,
      )
      reach(-BELOW, CLOSED)
      return
    }
    // Straight behind the back as it stands, from where the robot is.
    const distance = Math.hypot(rx - x, ry - y)
    const [dx, dy] = [(rx - x) / distance, (ry - y) / distance]
    drive(s, x + STANDOFF * dx, y + STANDOFF * dy, Math.atan2(-dy, -dx), TORSO, action)
    const [gx, gy, gz] = s.tcpToRail
    const aside = Math.hypot(gx, gy)
    const ready = isDown && Math.abs(turn) < ALIGNED && aside < 0.012 && Math.abs(distance - STANDOFF) < 0.04
    if (memory[0] === PHASE.come && ready) memory[0] = PHASE.lower
    if (memory[0] === PHASE.lower && Math.abs(gz - BELOW) < 0.01) memory[0] = PHASE.close
    if (memory[0] === PHASE.close && ++memory[STEPS] > CLOSING) {
      memory[0] = PHASE.move
      memory[HOLD] = rx - s.chairPosition[0]
      memory[HOLD + 1] = ry - s.chairPosition[1]
      memory[HOLD + 2] = s.robotYaw[0]
    }
    reach(memory[0] === PHASE.come ? ABOVE : -BELOW, memory[0] === PHASE.close ? CLOSED : OPEN)
  }
}
