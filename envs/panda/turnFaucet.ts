/** Turning a faucet on: ManiSkill2's TurnFaucet-v0 (Gu et al., ICLR 2023), with a faucet of our own. */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import {
  armActions,
  armControl,
  armSignals,
  CONTROL,
  DT,
  difference,
  FRAME_SKIP,
  jointReadouts,
  jointSlice,
  startArm,
  tcpReadouts,
} from './panda.ts'
import { CLOSED, pointingDown, type Signals, steering } from './steering.ts'

/** Share of the lever's range that has to be turned. */
const SHARE = 0.9
/** The faucet stands within this of the middle of the table in x and in y, m, and is turned by up to this, rad. */
const FAUCET_SPREAD = 0.05
const FAUCET_TURN = Math.PI / 12
/** How the arm starts, rad. */
const FOLDED = [0, -0.785, 0, -2.356, 0, 1.57, 0.785]

/** What is left to turn, rad; 0 or less when it is done. */
function angleLeft({ names, qpos, model }: Views): number {
  const range = 2 * names.joint('lever')
  const low = model.jnt_range[range]
  return low + SHARE * (model.jnt_range[range + 1] - low) - qpos[names.qpos('lever')]
}

function startFaucet({ names, mocap_pos, mocap_quat }: Views, rng: ResetRng): void {
  const row = names.mocap('faucet')
  for (let axis = 0; axis < 2; axis++) mocap_pos[3 * row + axis] = rng.range(-FAUCET_SPREAD, FAUCET_SPREAD)
  const yaw = rng.range(-FAUCET_TURN, FAUCET_TURN)
  mocap_quat[4 * row] = Math.cos(yaw / 2)
  mocap_quat[4 * row + 3] = Math.sin(yaw / 2)
}

const leverReadouts = {
  leverAngle: {
    shape: [],
    unit: 'rad',
    about: 'How far the lever is turned from closed.',
    read: jointSlice('qpos', 'lever', 1),
  },
  angleLeft: {
    shape: [],
    unit: 'rad',
    about: 'How far it still has to be turned; 0 or less when it is far enough.',
    read(sim, out, at) {
      out[at] = angleLeft(sim)
    },
  },
  leverPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'A point near the end of the lever.',
    read: sitePosition('lever'),
  },
  tcpToLever: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the gripper to that point.',
    read: difference(sitePosition('lever'), sitePosition('tcp')),
  },
  tcpToAxis: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the gripper to where the lever turns.',
    read: difference(sitePosition('lever_axis'), sitePosition('tcp')),
  },
} as const satisfies Readouts

/** qpos: seven joints, two fingers, the lever. */
export const turnFaucet = defineEnv(CONTROL, o => ({
  id: 'turn-faucet',
  version: 1,
  about: 'A seven-joint arm that turns the lever of a faucet.',
  mjcf: new URL('./turnFaucet.xml', import.meta.url),
  dt: DT,
  frameSkip: FRAME_SKIP,
  maxSteps: 200,
  defaultReward: 'turn-faucet',
  success: { signal: 'turned', over: 'ever' },
  action: armActions(o.control),
  currentPositions: true,
  obs: { ...jointReadouts, ...tcpReadouts, ...leverReadouts },
  signals: {
    ...armSignals,
    ...leverReadouts,
    leverVelocity: {
      shape: [],
      unit: 'rad/s',
      about: 'Of the lever.',
      read: jointSlice('qvel', 'lever', 1),
    },
    turned: {
      shape: [],
      unit: 'bool',
      about: 'The lever is turned by more than nine tenths of its range.',
      read: flagOf(sim => angleLeft(sim) < 0),
    },
  },
  start(sim, rng) {
    startArm(sim, rng, FOLDED)
    startFaucet(sim, rng)
  },
  act: armControl(o.control),
  isTerminal: () => false,
  expert: leverTurner(o.control),
}))

const PHASE = { above: 0, down: 1, push: 2 }
/** Of the closed fingers from the lever before they push, and how far ahead of it they are sent while they push, m. */
const BESIDE = 0.045
const AHEAD = 0.08
const ABOVE = 0.08
/** The lever is pushed this far below its middle, and until this far beyond the goal, m, rad. */
const BELOW = 0.02
const BEYOND = -0.05

/** Sets the closed fingers beside the lever and follows its circle. */
function leverTurner(control: string) {
  const steer = steering(control)
  return (s: Signals, memory: Float64Array, action: Float64Array): void => {
    if (s.angleLeft[0] < BEYOND) {
      steer(s, s.tcpPosition, s.tcpOrientation, CLOSED, action)
      return
    }
    const [x, y] = s.tcpPosition
    const [lx, ly, lz] = s.leverPosition
    const [ax, ay] = s.tcpToAxis
    // Unit vector along the lever, and the way its end goes: a quarter turn on.
    const length = Math.hypot(lx - x - ax, ly - y - ay)
    const [ux, uy] = [(lx - x - ax) / length, (ly - y - ay) / length]
    const aside = memory[0] === PHASE.push ? AHEAD : -BESIDE
    const target = [lx - uy * aside, ly + ux * aside, lz - BELOW + (memory[0] === PHASE.above ? ABOVE : 0)]
    const off = Math.hypot(target[0] - x, target[1] - y)
    if (memory[0] === PHASE.above && off < 0.015) memory[0] = PHASE.down
    if (memory[0] === PHASE.down && Math.abs(target[2] - s.tcpPosition[2]) < 0.01) memory[0] = PHASE.push
    steer(s, target, pointingDown(0), CLOSED, action)
  }
}
