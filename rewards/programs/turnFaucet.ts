import { clamp, defineReward, flag, nearness, norm, scalar, vec3 } from '../library.ts'

/** What there is to turn, rad: nine tenths of a quarter turn. */
const WHOLE = 0.9 * (Math.PI / 2)

/** In stages; between 0 and 4. */
export default defineReward({
  name: 'turn-faucet',
  env: 'turn-faucet',
  about: 'Turn the lever of the faucet.',
  reads: {
    tcpToLever: vec3('m', 'world'),
    angleLeft: scalar('rad'),
    turned: flag(),
  },
  terms: {
    reach: { weight: 1, value: s => nearness(norm(s.tcpToLever)) },
    turn: { weight: 2, value: s => 1 - clamp(s.angleLeft / WHOLE, 0, 1) },
    done: { weight: 1, value: s => s.turned },
  },
})
