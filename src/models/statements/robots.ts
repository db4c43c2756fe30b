/** What can be said of robots with one, two or four legs, and of those that swim or drive to places. */
import { all, lack, type Row, type Scene, type Statement, statement } from '../statement.ts'

const PITCHED = ['hopper', 'walker2d', 'half-cheetah']
const ANTS = ['ant', 'ant-maze']
const isPitched = (r: Row): boolean => r.torsoPitch !== undefined

/** Cosine of the torso's tilt. */
const up = (r: Row): number => (isPitched(r) ? Math.cos(r.torsoPitch[0]) : r.torsoUp[0])
const height = (r: Row): number => r.torsoPosition[2]
/** Of the lowest foot; ants tell only of their torso. */
function lowestFoot(r: Row): number {
  const feet = [
    r.footPosition,
    r.rightFootPosition,
    r.leftFootPosition,
    r.frontFootPosition,
    r.backFootPosition,
  ]
  return Math.min(...feet.filter(foot => foot !== undefined).map(foot => foot[2]))
}

const LEGGED: readonly Statement[] = [
  statement('legged-robot', () => 1, ['', '=a robot', '=a robot with legs', '=a legged robot']),
  ...[
    ['hopper', 'a hopper', 'a one-legged robot', 'a robot with one leg', 'a hopping robot'],
    [
      'half-cheetah',
      'a cheetah robot',
      'a half cheetah',
      'a running robot with two legs',
      'a robot like a cheetah',
    ],
    ['ant', 'an ant', 'an ant robot', 'a four-legged robot', 'a robot with four legs', 'a quadruped robot'],
  ].map(([env, ...names]) =>
    statement(
      `is-${env}`,
      () => 1,
      names.flatMap(name => [`=${name}`, `=${name} on the floor`]),
      undefined,
      env === 'ant' ? ANTS : [env],
    ),
  ),
  statement(
    'robot-upright',
    r => all(1.5 * lack(up(r), { above: 0.95, margin: 0.2 })),
    [
      'upright',
      'standing upright',
      'standing',
      'standing up',
      'on its feet',
      'in an upright position',
      'with a level body',
    ],
    ['that stands upright', 'in an upright pose'],
  ),
  statement(
    'robot-tilted',
    r => all(1.5 * lack(up(r), { above: 0.3, below: 0.85, margin: 0.15 })),
    ['tilted', 'leaning over', 'tipping over', 'with a tilted body'],
    ['that leans over'],
  ),
  statement(
    'robot-fallen',
    r =>
      isPitched(r) && r.frontFootPosition === undefined
        ? all(lack(height(r), { below: 0.4, margin: 0.2 }))
        : all(1.5 * lack(up(r), { below: 0.1, margin: 0.3 })),
    ['fallen over', 'that has fallen', 'fallen to the floor', 'that fell over', 'lying on the floor'],
    ['that has fallen to the floor'],
  ),
  statement(
    'robot-upside-down',
    r => all(1.5 * lack(up(r), { below: -0.7, margin: 0.4 })),
    ['upside down', 'lying upside down', 'lying on its back', 'turned upside down', 'on its back'],
    ['that lies on its back'],
  ),
  statement(
    'robot-in-air',
    r => (isPitched(r) ? all(lack(lowestFoot(r), { above: 0.25, margin: 0.1 })) : Number.NaN),
    ['in the air', 'jumping', 'above the floor', 'with its feet off the floor'],
    ['up in the air'],
    PITCHED,
  ),
]

/** The nearest of several places to be at. */
const goalDistance = (r: Row): number => Math.min(...r.goalDistances)
const reached = (r: Row): number =>
  r.tipPosition !== undefined
    ? Math.hypot(r.tipPosition[0] - r.targetPosition[0], r.tipPosition[1] - r.targetPosition[1])
    : Math.hypot(r.objectPosition[0] - r.goalPosition[0], r.objectPosition[1] - r.goalPosition[1])

export const robots: Scene = {
  id: 'robots',
  envs: [...PITCHED, ...ANTS],
  subjects: [
    'a robot',
    'a legged robot',
    'the robot',
    'a walking robot',
    'a simulated robot',
    'a robot with legs',
  ],
  heldOutSubjects: ['the legged robot'],
  statements: LEGGED,
}

const reaching = (
  env: string,
  names: readonly string[],
  [at, far]: readonly [readonly string[], readonly string[]],
  degree: (r: Row) => number,
): readonly Statement[] => [
  statement(`is-${env}`, () => 1, names, undefined, [env]),
  statement(`at-goal-${env}`, degree, at.slice(0, -1), at.slice(-1), [env]),
  statement(`far-${env}`, r => 1 - degree(r), far.slice(0, -1), far.slice(-1), [env]),
]

export const places: Scene = {
  id: 'places',
  envs: ['reacher', 'pusher', 'swimmer', 'curling', 'hard-maze', 'redundant-arm'],
  subjects: ['a robot'],
  statements: [
    ...reaching(
      'reacher',
      [
        '=a robot arm with two links',
        '=a two-link arm and a target',
        '=an arm with two joints, and a target',
      ],
      [
        [
          '=the tip of the arm is at the target',
          '=a robot arm touching the target',
          '=the arm reaches the target',
          '=the arm has reached the target',
        ],
        [
          '=the arm is far from the target',
          '=the tip of the arm is away from the target',
          '=the arm does not reach the target',
        ],
      ],
      r => all(lack(reached(r), { below: 0.02, margin: 0.06 })),
    ),
    ...reaching(
      'pusher',
      [
        '=a robot arm that pushes a cylinder',
        '=an arm, a cylinder and a goal',
        '=a robot arm over a table with a cylinder',
      ],
      [
        [
          '=the cylinder is at the goal',
          '=the cylinder lies at the goal',
          '=an arm has pushed the cylinder to the goal',
          '=the cylinder has reached the goal',
        ],
        [
          '=the cylinder is far from the goal',
          '=the cylinder is away from the goal',
          '=the cylinder is not at the goal',
        ],
      ],
      r => all(lack(reached(r), { below: 0.1, margin: 0.15 })),
    ),
    statement(
      'is-swimmer',
      () => 1,
      ['=a swimmer', '=a snake robot', '=a robot with three links that swims', '=a swimming robot'],
      undefined,
      ['swimmer'],
    ),
    statement(
      'swimmer-straight',
      r => all(Math.abs(r.jointAngles[0]) + Math.abs(r.jointAngles[1])),
      ['=a straight swimmer', '=the swimmer is stretched out', '=a snake robot that is straight'],
      ['=the swimmer is straight'],
      ['swimmer'],
    ),
    statement(
      'swimmer-bent',
      r => all(lack(Math.abs(r.jointAngles[0]) + Math.abs(r.jointAngles[1]), { above: 1.4, margin: 0.4 })),
      ['=a bent swimmer', '=the swimmer is bent', '=a snake robot that is curled up'],
      ['=the swimmer is curled up'],
      ['swimmer'],
    ),
    ...reaching(
      'curling',
      ['=an arm that pushes a ball', '=a robot arm and a ball on a table', '=a curling robot'],
      [
        [
          '=the ball is in the goal area',
          '=a ball in the green circle',
          '=the ball lies in the goal',
          '=the ball is in the green circle',
        ],
        [
          '=the ball is outside the goal area',
          '=a ball far from the green circles',
          '=the ball is far from the goal',
        ],
      ],
      r => all(lack(goalDistance(r), { below: 0.15, margin: 0.25 })),
    ),
    ...reaching(
      'hard-maze',
      ['=a robot in a maze', '=a maze', '=a small robot with two wheels in a maze'],
      [
        [
          '=the robot is in the goal area of the maze',
          '=a robot in the green circle of the maze',
          '=the robot has reached the goal of the maze',
          '=the robot in the maze is at the goal',
        ],
        [
          '=the robot is far from the goal of the maze',
          '=a robot lost in the maze',
          '=the robot in the maze is far from the goal',
        ],
      ],
      r => all(lack(goalDistance(r), { below: 0.2, margin: 0.5 })),
    ),
    ...reaching(
      'redundant-arm',
      ['=an arm of many links', '=a long arm with twenty links', '=a robot arm like a snake'],
      [
        [
          '=the tip of the long arm is in the goal area',
          '=the long arm reaches the green circle',
          '=the long arm has reached the goal area',
        ],
        [
          '=the long arm is far from the goal area',
          '=the tip of the long arm is away from the green circles',
        ],
      ],
      r => all(lack(goalDistance(r), { below: 0.08, margin: 0.12 })),
    ),
  ],
}
