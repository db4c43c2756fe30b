/** A sandbox's worker as a thread of Node. */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { type Answer, SCORE, SCORED } from '../messages.ts'
import type { Refused } from '../refusal.ts'
import type { StartWorker } from '../sandboxedProgram.ts'
import { BELL_BYTES, HostBell, type WorkerStart } from './bell.ts'

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
  const memory = new SharedArrayBuffer(BELL_BYTES)
  const bell = new HostBell(memory)
  const start: WorkerStart = { port: port2, bell: memory }
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
      const { answers } = bell
      if (request !== SCORE) port.postMessage(request)
      bell.ring()
      if (request.type === 'score' && bell.wait(answers, SOON)) hear()
      else void bell.later(answers).then(hear)
    },
    terminate() {
      isOver = true
      bell.release()
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
