/** What the compiler must accept and refuse in a program; `tsc` is the test. */
import { defineReward, flag, label, quat, scalar, vec3, vector } from '../../rewards/define.ts'

export const program = defineReward({
  name: 'types',
  reads: {
    height: scalar('m'),
    velocity: vec3('m/s', 'world'),
    orientation: quat(),
    joints: vector(6, 'rad'),
    ok: flag(),
  },
  terms: {
    everything: {
      weight: 1,
      value: s => {
        // @ts-expect-error a signal that is not in `reads`
        s.depth
        // @ts-expect-error a recorded row cannot be written
        s.height = 1
        return (
          s.height +
          s.velocity.x +
          s.orientation.w +
          s.joints[0] +
          s.ok +
          s.prev.velocity.y +
          s.action[0] +
          s.time +
          s.dt +
          s.ends
        )
      },
    },
    remembers: {
      weight: 1,
      memory: { airTime: 4 },
      value: (s, memory) => {
        // @ts-expect-error memory that was not asked for
        memory.landTime
        memory.airTime[0] = s.height
        return memory.airTime[0]
      },
    },
    shaped: { weight: 1, potential: s => -s.height },
    labelled: label({ weight: 1, column: 'clip' }),
    // @ts-expect-error a potential depends on the state alone
    acting: { weight: 1, potential: s => s.action[0] },
    // @ts-expect-error a term has a weight
    weightless: { value: () => 1 },
  },
  combine: weighted => {
    // @ts-expect-error not a term
    weighted.nothing
    return weighted.everything + weighted.remembers
  },
  success: s => s.height > 1,
})

// @ts-expect-error not a unit
scalar('furlong')
