import { defineReward, distance, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's Pusher-v5, term by term. */
export default defineReward({
  name: 'pusher-push',
  env: 'pusher',
  about: 'Push the cylinder to the goal.',
  phrases: [
    'shove the object onto the goal',
    'bring the cylinder to its place',
    'slide the object over the table',
  ],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    goalPosition: vec3('m', 'world'),
  },
  terms: {
    distance: { weight: -1, value: s => distance(s.objectPosition, s.goalPosition) },
    near: { weight: -0.5, value: s => distance(s.objectPosition, s.handPosition) },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
})
