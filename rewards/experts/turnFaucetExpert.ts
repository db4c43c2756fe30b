import { defineReward, flag, nearness, norm, scalar, vec3 } from '../library.ts'

/**
 * The reward of ManiSkill2's TurnFaucet-v0. The published distance is the least between the surfaces of fingers and
 * lever; here it is from the middle of the pads to a point near the lever's end. Up to 10.
 */
export default defineReward({
  name: 'turn-faucet-expert',
  env: 'turn-faucet',
  about: "Turn the lever of the faucet, as ManiSkill2's own reward has it.",
  reads: {
    tcpToLever: vec3('m', 'world'),
    angleLeft: scalar('rad'),
    turned: flag(),
  },
  terms: {
    reach: { weight: 1, value: s => (1 - s.turned) * nearness(norm(s.tcpToLever)) },
    turn: { weight: 3, value: s => (1 - s.turned) * nearness(Math.max(0, s.angleLeft), 2) },
    // Of the last step.
    progress: {
      weight: 5,
      value: s => (1 - s.turned) * Math.tanh(2 * (s.prev.angleLeft - s.angleLeft)),
    },
    done: { weight: 10, value: s => s.turned },
  },
})
