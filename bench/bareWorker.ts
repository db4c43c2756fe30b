/** The worker thread of `bareWorkers.ts`: plays its tape as often as it is asked to. */
import { workerData } from 'node:worker_threads'
import { answer } from '../src/answer.ts'
import { bareLoop, recordTape, type TapeOptions } from './bareLoop.ts'

answer(
  async () => bareLoop(await recordTape(workerData as TapeOptions)),
  loop => {
    loop.run()
    loop.verify()
  },
)
