/**
 * Entry of a sandbox's worker thread in Node. Between requests it is blocked and not in its event loop: that is what wakes
 * fastest, and nothing else ever runs here.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ConfinedScorer } from '../confinedScorer.ts'
import { type Request, SCORE, SCORED } from '../messages.ts'
import { ANSWERS, REQUESTS, type WorkerStart } from './bell.ts'

const { port, bell } = workerData as WorkerStart
const scorer = new ConfinedScorer()

for (let heard = 0; ; heard++) {
  Atomics.wait(bell, REQUESTS, heard)
  const request: Request = receiveMessageOnPort(port)?.message ?? SCORE
  const answer = scorer.answer(request)
  if (answer !== SCORED) port.postMessage(answer)
  Atomics.add(bell, ANSWERS, 1)
  Atomics.notify(bell, ANSWERS)
}
