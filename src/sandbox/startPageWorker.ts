/** A sandbox's worker in a page that is isolated from other sites (COOP and COEP): it shares memory. */
import type { Answer } from './messages.ts'
import type { StartWorker } from './sandboxedProgram.ts'

/** `url` is of `pageWorker.ts`, bundled; its response must allow `'unsafe-eval'`, which a compartment needs, to it alone. */
export const startPageWorker =
  (url: string): StartWorker =>
  (onAnswer, onDeath) => {
    const worker = new Worker(url, { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answer>) => onAnswer(data)
    worker.onerror = ({ message }) =>
      onDeath({ kind: 'crash', message: `its worker failed: ${message}`, hint: 'Simplify it.' })
    return {
      post: request => worker.postMessage(request),
      terminate: () => worker.terminate(),
    }
  }
