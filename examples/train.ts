/**
 * Training as a library call: an Observable of typed events.
 *
 *   node --conditions=carrot-source examples/train.ts
 *
 * The condition is for a checkout; in a project that installed carrot-rl, plain `node train.ts` does.
 */
import { type TrainInput, train } from 'carrot-rl'

const config: TrainInput = {
  env: 'hopper',
  text: 'hop forward as fast as you can',
  steps: Number(process.argv[2] ?? 100_000),
  seed: 1,
}

train(config).subscribe({
  next(event) {
    if (event.type === 'start')
      console.log(`Training ${event.env} on ${event.program.name} in ${event.folder}`)
    if (event.type === 'metrics') console.log(event.step, event.values.episodeReturn?.toFixed(1) ?? '')
    if (event.type === 'end') console.log('Return of the trained policy:', event.result?.eval.returnMean)
  },
  error(problem) {
    console.error(problem.message)
    process.exitCode = 1
  },
})
