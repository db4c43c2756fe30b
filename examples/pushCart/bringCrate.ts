import { defineReward, sumSquares, tolerance, vec3 } from 'carrot-rl'

export default defineReward({
  name: 'bring-crate',
  env: 'push-cart',
  about: 'Bring the crate to its goal and leave it there.',
  reads: { cart: vec3('m', 'world'), crate: vec3('m', 'world') },
  terms: {
    there: { weight: 1, value: s => tolerance(s.crate.x, { above: 1.45, below: 1.55, margin: 1 }) },
    near: { weight: 0.2, value: s => tolerance(s.crate.x - s.cart.x, { below: 0.3, margin: 0.5 }) },
    effort: { weight: -0.01, value: s => sumSquares(s.action) },
  },
})
