/**
 * What the two tasks at the cabinet share: ManiSkill2's OpenCabinetDoor-v1 and OpenCabinetDrawer-v1 (Gu et al., ICLR 2023),
 * with one cabinet of our own.
 */
import type { EnvDefinition, Expert, ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { baseReadouts, mobileActions, mobileControl, startMobile } from './mobile.ts'
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

/** Share of its range that it has to be opened. */
const SHARE = 0.9
/** A moving part is static below these, m/s and rad/s. */
const STILL_SPEED = 0.1
const STILL_TURN = 1
/** The robot starts this far from this place, in this direction, and looks at it but for this error; m, rad. */
const CENTRE = [0, 0.8]
const DISTANCE = [1.6, 1.8]
const DIRECTION = [0.9 * Math.PI, 1.1 * Math.PI]
const HEADING_ERROR = 0.05 * Math.PI

function startRobot(sim: Views, rng: ResetRng): void {
  const distance = rng.range(DISTANCE[0], DISTANCE[1])
  const direction = rng.range(DIRECTION[0], DIRECTION[1])
  const yaw = direction - Math.PI + rng.range(-HEADING_ERROR, HEADING_ERROR)
  const x = CENTRE[0] + distance * Math.cos(direction)
  const y = CENTRE[1] + distance * Math.sin(direction)
  startMobile(sim, x, y, yaw, 0)
}

/** Opened, as a share of the range. */
function openness({ names, qpos, model }: Views, part: string): number {
  const joint = names.joint(part)
  const low = model.jnt_range[2 * joint]
  return (qpos[names.qpos(part)] - low) / (model.jnt_range[2 * joint + 1] - low)
}

function isOpen(sim: Views, part: 'door' | 'drawer'): boolean {
  const { names, qvel, sensordata } = sim
  const v = names.sensor(`${part}_velocity`)
  const speed = Math.hypot(sensordata[v], sensordata[v + 1], sensordata[v + 2])
  const turn = part === 'door' ? Math.abs(qvel[names.qvel(part)]) : 0
  return openness(sim, part) >= SHARE && speed <= STILL_SPEED && turn <= STILL_TURN
}

export interface CabinetTask {
  readonly id: string
  readonly about: string
  readonly part: 'door' | 'drawer'
  readonly expert: (control: string) => Expert
}

/** qpos: the base's x, y and yaw, the torso, seven joints, two fingers, the door, the drawer. */
export function cabinetTask({ id, about, part, expert }: CabinetTask): EnvDefinition {
  const handle = sitePosition(`${part}_handle`)
  const partReadouts = {
    openness: {
      shape: [],
      unit: '1',
      about: `How far the ${part} is open: 0 closed, 1 as far as it goes.`,
      read: (sim, out, at) => {
        out[at] = openness(sim, part)
      },
    },
    handlePosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: `Middle of the handle of the ${part}.`,
      read: handle,
    },
    tcpToHandle: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'From the gripper to the middle of the handle.',
      read: difference(handle, sitePosition('tcp')),
    },
  } as const satisfies Readouts
  return defineEnv(CONTROL, o => ({
    id,
    version: 1,
    about,
    mjcf: new URL('./cabinet.xml', import.meta.url),
    dt: DT,
    frameSkip: FRAME_SKIP,
    maxSteps: 200,
    defaultReward: id,
    success: { signal: 'opened', over: 'ever' },
    action: mobileActions(o.control),
    currentPositions: true,
    obs: { ...baseReadouts, ...jointReadouts, ...tcpReadouts, ...partReadouts },
    signals: {
      ...baseReadouts,
      ...armSignals,
      ...partReadouts,
      openingSpeed: {
        shape: [],
        unit: part === 'door' ? 'rad/s' : 'm/s',
        about: `Of the ${part}.`,
        read: jointSlice('qvel', part, 1),
      },
      opened: {
        shape: [],
        unit: 'bool',
        about: `The ${part} is open by nine tenths of its range, and static.`,
        read: flagOf(sim => isOpen(sim, part)),
      },
    },
    start: startRobot,
    act: mobileControl(o.control),
    isTerminal: () => false,
    expert: expert(o.control),
  }))
}
