import { clamp, defineReward, flag, nearness, norm, scalar, vec3 } from '../library.ts'

/** In stages; between 0 and 4. */
export default defineReward({
  name: 'open-cabinet-door',
  env: 'open-cabinet-door',
  about: 'Open the door of the cabinet.',
  reads: {
    tcpToHandle: vec3('m', 'world'),
    openness: scalar('1'),
    openingSpeed: scalar('rad/s'),
    opened: flag(),
  },
  terms: {
    reach: { weight: 1, value: s => nearness(norm(s.tcpToHandle), 2) },
    open: { weight: 2, value: s => clamp(s.openness, 0, 1) },
    // Towards open, up to where it counts as moving.
    start: { weight: 0.5, value: s => clamp(s.openingSpeed / 0.5, 0, 1) * (1 - s.opened) },
    done: { weight: 1, value: s => s.opened },
  },
})
