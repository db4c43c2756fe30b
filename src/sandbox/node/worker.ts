/** Entry of a sandbox's worker thread in Node. */
import { parentPort } from 'node:worker_threads'
import { ConfinedScorer } from '../confinedScorer.ts'
import type { Request } from '../messages.ts'

const port = parentPort
const scorer = new ConfinedScorer()
port?.on('message', (request: Request) => port.postMessage(scorer.answer(request)))
