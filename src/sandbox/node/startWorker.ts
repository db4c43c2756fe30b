/** A sandbox's worker as a thread of Node. */
import { Worker } from 'node:worker_threads'
import type { Answer } from '../messages.ts'
import type { Refused } from '../refusal.ts'
import type { StartWorker } from '../sandboxedProgram.ts'

/** MiB. A program's call can make tens of them; what is beyond ends the worker. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64, stackSizeMb: 1 }

/** Sources run as .ts; published code as .js. */
const file = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export const startWorker: StartWorker = (onAnswer, onDeath) => {
  const worker = new Worker(file, {
    resourceLimits: MEMORY,
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  worker.on('message', (answer: Answer) => onAnswer(answer))
  worker.on('error', error => onDeath(causeOf(error as NodeJS.ErrnoException)))
  worker.on('exit', () => onDeath({ kind: 'crash', message: 'its worker ended', hint: 'Simplify it.' }))
  return {
    post: request => worker.postMessage(request),
    terminate() {
      worker.removeAllListeners()
      worker.on('error', () => undefined)
      void worker.terminate()
    },
  }
}

const causeOf = ({ code, message }: NodeJS.ErrnoException): Refused =>
  code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? { kind: 'memory', message: 'it took more memory than it may', hint: 'Keep lists short.' }
    : { kind: 'crash', message: `its worker failed: ${message}`, hint: 'Simplify it.' }
