/**
 * Entry of a sandbox's worker thread in Node. Between requests it is blocked and not in its event loop: that is what wakes
 * fastest, and nothing else ever runs here.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ConfinedScorer } from '../confinedScorer.ts'
import { type Request, SCORE, SCORED } from '../messages.ts'
import { WorkerBell, type WorkerStart } from './bell.ts'

const { port, bell: memory } = workerData as WorkerStart
const bell = new WorkerBell(memory)
const scorer = new ConfinedScorer()

for (;;) {
  bell.wait()
  const request: Request = receiveMessageOnPort(port)?.message ?? SCORE
  const answer = scorer.answer(request)
  if (answer !== SCORED) port.postMessage(answer)
  bell.answer()
}
