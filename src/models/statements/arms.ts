/** What can be said of robot arms with something to do: what is open, shut, pressed, lifted or in its place. */
import { all, lack, type Row, type Scene, type Statement, statement } from '../statement.ts'

const hand = (r: Row): Float64Array => r.tcpPosition ?? r.handPosition
const object = (r: Row): Float64Array | undefined => r.cubePosition ?? r.objectPosition

/** A thing that is somewhere between two ends: 0 at its first, 1 at its second. */
interface Mechanism {
  readonly thing: string
  readonly envs: readonly string[]
  readonly progress: (r: Row) => number
  /** What it is at either end, and while in between. */
  readonly first: readonly string[]
  readonly second: readonly string[]
}

/** 0…1 of openness, or of a joint with this range. */
const along =
  (range: number) =>
  (r: Row): number =>
    r.openness !== undefined ? r.openness[0] / 0.9 : r.jointPosition[0] / range

const MECHANISMS: readonly Mechanism[] = [
  {
    thing: 'drawer',
    envs: ['drawer-open', 'drawer-close', 'drawer-pair', 'open-cabinet-drawer'],
    progress: along(0.2),
    first: ['shut', 'closed', 'pushed in'],
    second: ['open', 'pulled out', 'wide open'],
  },
  {
    thing: 'door',
    envs: ['door-close', 'door-pair', 'open-cabinet-door'],
    progress: along(1.3),
    first: ['shut', 'closed'],
    second: ['open', 'wide open'],
  },
  {
    thing: 'window',
    envs: ['window-open', 'window-close'],
    progress: along(0.2),
    first: ['shut', 'closed'],
    second: ['open', 'slid open'],
  },
  {
    thing: 'button',
    envs: ['button-press'],
    progress: along(0.08),
    first: ['not pressed', 'released'],
    second: ['pressed', 'pushed in', 'pressed in'],
  },
  {
    thing: 'handle',
    envs: ['handle-press', 'handle-press-side'],
    progress: along(0.1),
    first: ['up', 'not pressed'],
    second: ['pressed down', 'down', 'pushed down'],
  },
  {
    thing: 'lock',
    envs: ['door-unlock'],
    progress: along(1.57),
    first: ['locked', 'not turned'],
    second: ['unlocked', 'turned', 'open'],
  },
  {
    thing: 'faucet',
    envs: ['turn-faucet'],
    progress: r => r.leverAngle[0] / 1.5,
    first: ['off', 'not turned'],
    second: ['turned', 'turned on', 'on'],
  },
]

const mechanism = ({ thing, envs, progress, first, second }: Mechanism): readonly Statement[] => {
  const say = (states: readonly string[]) =>
    states.flatMap(state => [
      `=the ${thing} is ${state}`,
      `=a ${thing} that is ${state}`,
      `=a robot arm and a ${thing} that is ${state}`,
      `=a robot arm in front of a ${thing}, which is ${state}`,
    ])
  const unseen = (states: readonly string[]) => [
    `=a ${thing}, ${states[0]}`,
    `=this ${thing} is ${states[0]}`,
  ]
  const names = [
    `=a ${thing}`,
    `=a robot arm and a ${thing}`,
    `=a robot arm in front of a ${thing}`,
    `=a robot with a ${thing}`,
  ]
  return [
    statement(`has-${thing}`, () => 1, names, [`=an arm and a ${thing}`], envs),
    statement(
      `${thing}-first`,
      r => all(lack(progress(r), { below: 0.06, margin: 0.3 })),
      say(first),
      unseen(first),
      envs,
    ),
    statement(
      `${thing}-second`,
      r => all(lack(progress(r), { above: 0.92, margin: 0.3 })),
      say(second),
      unseen(second),
      envs,
    ),
    statement(
      `${thing}-between`,
      r => all(1.5 * lack(Math.abs(progress(r) - 0.5), { below: 0.15, margin: 0.15 })),
      [`=the ${thing} is half ${second[0]}`, `=a ${thing} that is half ${second[0]}`],
      [`=a half ${second[0]} ${thing}`],
      envs,
    ),
  ]
}

const CUBES = ['lift-cube', 'pick-cube', 'stack-cube', 'cube-bin-pair']

const inPlace = (
  id: string,
  envs: readonly string[],
  degree: (r: Row) => number,
  there: readonly string[],
  away: readonly string[],
): readonly Statement[] => [
  statement(id, degree, there.slice(0, -1), there.slice(-1), envs),
  statement(`not-${id}`, r => 1 - degree(r), away.slice(0, -1), away.slice(-1), envs),
]

const gap = (v: Float64Array): number => Math.hypot(v[0], v[1], v[2])

export const arms: Scene = {
  id: 'arms',
  envs: [...MECHANISMS.flatMap(({ envs }) => envs), ...CUBES, 'sweep-into', 'push-chair'],
  subjects: [
    'a robot arm',
    'an arm',
    'a robotic arm',
    'the robot arm',
    'a manipulator',
    'a robot with a gripper',
  ],
  heldOutSubjects: ['the arm'],
  statements: [
    statement('arm', () => 1, ['', 'over a table', 'with a gripper', 'in a simulation']),
    ...MECHANISMS.flatMap(mechanism),
    statement(
      'has-cube',
      () => 1,
      ['and a cube', 'with a cube', '=a cube on a table', '=a robot arm and a cube'],
      ['=an arm and a cube'],
      [...CUBES, 'sweep-into'],
    ),
    statement(
      'has-chair',
      () => 1,
      ['=a robot and a chair', '=a chair', '=a mobile robot arm and a chair'],
      undefined,
      ['push-chair'],
    ),
    ...inPlace(
      'cube-lifted',
      CUBES,
      r => all(lack(r.cubePosition[2], { above: 0.12, margin: 0.06 })),
      [
        '=the cube is lifted',
        '=a robot arm lifting a cube',
        '=a cube in the air',
        '=the cube is up in the air',
        '=the cube is lifted off the table',
      ],
      ['=the cube is on the table', '=a cube lying on the table', '=the cube lies on the table'],
    ),
    ...inPlace(
      'cube-placed',
      ['pick-cube'],
      r => all(lack(gap(r.cubeToGoal), { below: 0.025, margin: 0.08 })),
      [
        '=the cube is at the goal',
        '=a robot arm holding the cube at the goal',
        '=the cube is at the green ball',
      ],
      ['=the cube is far from the goal', '=the cube is not at the goal'],
    ),
    ...inPlace(
      'cube-stacked',
      ['stack-cube'],
      r =>
        all(
          lack(Math.hypot(r.cubeToBase[0], r.cubeToBase[1]), { below: 0.02, margin: 0.05 }),
          lack(Math.abs(Math.abs(r.cubeToBase[2]) - 0.04), { below: 0.01, margin: 0.03 }),
        ),
      [
        '=a cube on top of another cube',
        '=the cubes are stacked',
        '=two stacked cubes',
        '=one cube on the other',
      ],
      ['=two cubes side by side on the table', '=the cubes are not stacked', '=two cubes apart'],
    ),
    ...inPlace(
      'cube-in-bin',
      ['cube-bin-pair'],
      r =>
        all(
          lack(r.cubePosition[1], { above: 0.12, margin: 0.1 }),
          lack(r.cubePosition[2], { below: 0.06, margin: 0.05 }),
        ),
      ['=the cube is in the bin', '=a cube in a bin', '=a cube inside the bin'],
      ['=the cube is outside the bin', '=a cube beside the bin'],
    ),
    ...inPlace(
      'cube-swept',
      ['sweep-into'],
      r => all(lack(r.objectToGoal[0], { below: 0.05, margin: 0.06 })),
      ['=the cube is in the hole', '=a cube swept into the hole', '=the cube has been swept into the hole'],
      ['=the cube is not in the hole', '=a cube on the table beside the hole'],
    ),
    ...inPlace(
      'chair-there',
      ['push-chair'],
      r =>
        r.there[0] === 1
          ? 1
          : all(lack(Math.hypot(r.chairPosition[0], r.chairPosition[1]), { below: 0.15, margin: 0.4 })),
      ['=the chair is at the mark', '=the chair stands on the mark', '=a chair on the mark'],
      ['=the chair is away from the mark', '=the chair is not on the mark'],
    ),
    statement(
      'chair-tipped',
      r => all(lack(r.chairTilt[0], { above: 0.8, margin: 0.3 })),
      ['=the chair has tipped over', '=a fallen chair', '=the chair lies on the floor'],
      ['=the chair has fallen over'],
      ['push-chair'],
    ),
    statement(
      'gripper-open',
      r => all(lack(r.gripperOpening[0], { above: 0.07, margin: 0.02 })),
      ['with an open gripper', '=the gripper is open', '=an open gripper', 'with open fingers'],
      ['=the gripper has opened'],
    ),
    statement(
      'gripper-shut',
      r => all(lack(r.gripperOpening[0], { below: 0.02, margin: 0.02 })),
      ['with a closed gripper', '=the gripper is closed', '=a closed gripper', 'with closed fingers'],
      ['=the gripper has closed'],
    ),
    statement(
      'hand-near',
      r => {
        const thing = object(r)
        if (thing === undefined) return Number.NaN
        const at = hand(r)
        return all(
          lack(Math.hypot(at[0] - thing[0], at[1] - thing[1], at[2] - thing[2]), {
            below: 0.06,
            margin: 0.08,
          }),
        )
      },
      [
        'near the object',
        '=the hand is at the object',
        '=the gripper is close to the object',
        'touching the object',
      ],
      ['=the gripper is near the object'],
    ),
    statement(
      'hand-high',
      r => (r.robotYaw !== undefined ? Number.NaN : all(lack(hand(r)[2], { above: 0.3, margin: 0.08 }))),
      ['with its hand high up', '=the gripper is high above the table', 'raised high'],
      ['with its gripper high up'],
    ),
    statement(
      'hand-low',
      r => (r.robotYaw !== undefined ? Number.NaN : all(lack(hand(r)[2], { below: 0.08, margin: 0.06 }))),
      ['with its hand down at the table', '=the gripper is close to the table', 'reaching down to the table'],
      ['with its gripper down at the table'],
    ),
  ],
}
