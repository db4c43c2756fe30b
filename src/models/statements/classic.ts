/** What can be said of poles on carts, and of a car among mountains. */
import { all, lack, nearly, type Row, type Scene, statement } from '../statement.ts'

/** Into [-π, π]. */
const wrapped = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))
/** Above 0 to the right; poles made of two are as far off as the worse one. */
function lean(r: Row): number {
  if (r.poleAngle !== undefined) return wrapped(r.poleAngle[0])
  const first = wrapped(r.poleAngles[0])
  const second = wrapped(r.poleAngles[0] + r.poleAngles[1])
  return Math.abs(first) > Math.abs(second) ? first : second
}
const upright = (r: Row): number => all(lack(Math.abs(lean(r)), { below: 0.04, margin: 0.4 }))
const leaning = (r: Row, side: number): number =>
  all(1.5 * lack(side * lean(r), { above: 0.25, below: 2.4, margin: 0.12 }))
const cart = (r: Row, wanted: { above?: number; below?: number }): number =>
  all(lack(r.cartPosition[0], { ...wanted, margin: 0.3 }))

export const poles: Scene = {
  id: 'poles',
  envs: ['cartpole', 'inverted-pendulum', 'inverted-double-pendulum'],
  subjects: ['a pole on a cart', 'pole and cart', 'a cart with a pole', 'the pole on the cart', 'a cartpole'],
  heldOutSubjects: ['the pole on a cart'],
  statements: [
    statement('pole-and-cart', () => 1, [
      '=pole and cart',
      '=a pole and a cart',
      '=a cart and a pole',
      '=a cart with a pole',
      '=a pole on a cart',
      '=a cartpole',
    ]),
    statement(
      'pole-upright',
      upright,
      [
        '=pole vertically upright on top of the cart',
        '=the pole vertically upright on top of the cart',
        '=a pole vertically upright on top of a cart',
        '=a pole standing upright on a cart',
        '=the pole stands upright on the cart',
        '=an upright pole on a cart',
        '=a vertical pole on top of the cart',
        '=a cart balancing an upright pole',
        '=a pole balanced on a cart',
        '=the pole is balanced upright',
        '=the pole is vertical',
        '=a cart that balances a pole',
      ],
      [
        '=the pole is upright on top of the cart',
        '=an upright pole balanced on the cart',
        '=a vertical pole on a cart',
      ],
    ),
    statement(
      'pole-nearly-upright',
      r => nearly(upright(r)),
      [
        '=a pole almost upright on a cart',
        '=the pole is nearly upright',
        '=a pole nearly vertical on a cart',
        '=a slightly tilted pole on a cart',
        '=the pole leans a little',
      ],
      ['=the pole is almost vertical'],
    ),
    statement(
      'pole-not-upright',
      r => 1 - upright(r),
      [
        '=the pole is not upright',
        '=a tilted pole on a cart',
        '=a pole that is not vertical',
        '=a pole that has fallen over',
      ],
      ['=a pole that is not upright'],
    ),
    ...(['left', 'right'] as const).map((side, i) =>
      statement(
        `pole-${side}`,
        r => leaning(r, 2 * i - 1),
        [
          `=the pole leans to the ${side}`,
          `=a pole tilted to the ${side} on a cart`,
          `=a pole falling to the ${side}`,
          `=the pole is tilted to the ${side}`,
        ],
        [`=a pole that leans to the ${side}`],
      ),
    ),
    statement(
      'pole-level',
      r => all(1.5 * lack(Math.abs(Math.abs(lean(r)) - Math.PI / 2), { below: 0.15, margin: 0.3 })),
      ['=a horizontal pole on a cart', '=the pole is horizontal', '=the pole lies flat beside the cart'],
      ['=the pole is level'],
    ),
    statement(
      'pole-down',
      r => all(lack(Math.abs(lean(r)), { above: Math.PI - 0.2, margin: 0.4 })),
      ['=the pole hangs down from the cart', '=a pole hanging below the cart', '=the pole points down'],
      ['=a pole that hangs down'],
    ),
    statement(
      'cart-left',
      r => cart(r, { below: -0.8 }),
      ['=the cart is on the left', '=a cart at the left end of the rail', '=a cart and a pole on the left'],
      ['=a cart on the left'],
    ),
    statement(
      'cart-right',
      r => cart(r, { above: 0.8 }),
      [
        '=the cart is on the right',
        '=a cart at the right end of the rail',
        '=a cart and a pole on the right',
      ],
      ['=a cart on the right'],
    ),
    statement(
      'cart-middle',
      r => cart(r, { above: -0.25, below: 0.25 }),
      ['=the cart is in the middle', '=a cart in the middle of the rail', '=a cart and a pole in the middle'],
      ['=a cart in the middle'],
    ),
  ],
}

const GOAL = 0.45
const atFlag = (r: Row): number => all(lack(r.carPosition[0], { above: GOAL, margin: 0.3 }))
const near = (r: Row, place: number): number =>
  all(1.5 * lack(Math.abs(r.carPosition[0] - place), { below: 0.06, margin: 0.15 }))

export const mountain: Scene = {
  id: 'mountain',
  envs: ['mountain-car'],
  subjects: ['a car in the mountain'],
  statements: [
    statement('car', () => 1, [
      '=a car in the mountain',
      '=a car in the mountains',
      '=a car on a hill',
      '=a car in a valley',
      '=a car on a road',
      '=a car and a flag',
    ]),
    statement(
      'car-at-flag',
      atFlag,
      [
        '=a car at the peak of the mountain, next to the yellow flag',
        '=a car at the peak of the mountain',
        '=a car next to the yellow flag',
        '=a car at the flag',
        '=the car has reached the yellow flag',
        '=a car on top of the mountain, at the flag',
        '=a car at the top of the hill next to the flag',
        '=the car is at the flag on the right',
        '=the car is at the goal',
        '=a car on the peak beside the yellow flag',
      ],
      [
        '=the car is next to the yellow flag at the peak',
        '=a car at the top of the mountain, beside the flag',
        '=the car has reached the flag',
      ],
    ),
    statement(
      'car-near-flag',
      r => nearly(atFlag(r)),
      ['=a car almost at the flag', '=a car nearly at the peak', '=the car is close to the yellow flag'],
      ['=the car is almost at the peak'],
    ),
    statement(
      'car-not-at-flag',
      r => 1 - atFlag(r),
      ['=a car far from the flag', '=the car is not at the flag', '=a car that has not reached the flag'],
      ['=a car that is not at the flag'],
    ),
    statement(
      'car-at-bottom',
      r => near(r, -0.5236),
      [
        '=a car at the bottom of the valley',
        '=the car is at the bottom',
        '=a car in the lowest place of the valley',
      ],
      ['=the car is at the bottom of the valley'],
    ),
    statement(
      'car-on-right',
      r => near(r, 0),
      [
        '=a car on the right slope',
        '=a car halfway up to the flag',
        '=the car is on the slope below the flag',
      ],
      ['=a car halfway up the right slope'],
    ),
    statement(
      'car-on-left',
      r => all(1.5 * lack(r.carPosition[0], { below: -0.85, margin: 0.12 })),
      ['=a car on the left slope', '=a car on the left hill', '=the car is high up on the left'],
      ['=a car high up on the left slope'],
    ),
  ],
}
