/** A sandbox's worker as a thread of Node. */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { type Answer, SCORE, SCORED } from '../messages.ts'
import type { Refused } from '../refusal.ts'
import type { StartWorker } from '../sandboxedProgram.ts'
import { ANSWERS, REQUESTS, type WorkerStart } from './bell.ts'

/** MiB. A program's call can make tens of them; what is beyond ends the worker. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64, stackSizeMb: 1 }
/**
 * An answer that comes this soon, ms, is waited for on the spot, as one waits for a program that runs here: coming back to
 * it by the event loop takes longer than most batches.
 */
const SOON = 4

/** Sources run as .ts; published code as .js. */
const file = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export const startWorker: StartWorker = (onAnswer, onDeath) => {
  const { port1: port, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(8))
  const start: WorkerStart = { port: port2, bell }
  const worker = new Worker(file, {
    workerData: start,
    transferList: [port2],
    resourceLimits: MEMORY,
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  let isOver = false
  const hear = () => {
    if (isOver) return
    const answer = receiveMessageOnPort(port)
    onAnswer((answer?.message as Answer | undefined) ?? SCORED)
  }
  worker.on('error', error => onDeath(causeOf(error as NodeJS.ErrnoException)))
  worker.on('exit', () => onDeath({ kind: 'crash', message: 'its worker ended', hint: 'Simplify it.' }))
  return {
    post(request) {
      const answers = Atomics.load(bell, ANSWERS)
      if (request !== SCORE) port.postMessage(request)
      Atomics.add(bell, REQUESTS, 1)
      Atomics.notify(bell, REQUESTS)
      if (request.type === 'score' && Atomics.wait(bell, ANSWERS, answers, SOON) !== 'timed-out')
        return hear()
      const later = Atomics.waitAsync(bell, ANSWERS, answers)
      if (later.async) void later.value.then(hear)
      else hear()
    },
    terminate() {
      isOver = true
      // Nobody is to wait for what will not come.
      Atomics.notify(bell, ANSWERS)
      port.close()
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
