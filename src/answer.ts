/** The worker's end of a `Port`: answers every request in order, with a value or the reason there is none. */
import { parentPort, type Transferable } from 'node:worker_threads'
import { toPortable } from './core/errors.ts'
import type { Reply } from './port.ts'

/** An answer whose arrays move instead of being copied: the worker must not use them again. */
export class Moved<T> {
  readonly value: T
  readonly transfer: readonly Transferable[]

  constructor(value: T, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}

/** Handles requests one at a time. `setUp` runs first; when it fails, every request is answered with its error. */
export function answer<Server, Request>(
  setUp: () => Promise<Server>,
  handle: (server: Server, request: Request) => unknown,
): void {
  const port = parentPort
  if (port === null) throw new Error('This module runs in a worker thread.')
  const ready = setUp()
  ready.catch(() => undefined)
  let last: Promise<void> = Promise.resolve()
  port.on('message', (request: Request) => {
    last = last.then(async () => {
      let reply: Reply<unknown>
      let transfer: Transferable[] = []
      try {
        const answered = await handle(await ready, request)
        if (answered instanceof Moved) transfer = [...answered.transfer]
        reply = { value: answered instanceof Moved ? answered.value : answered }
      } catch (error) {
        reply = { failed: toPortable(error) }
      }
      port.postMessage(reply, transfer)
    })
  })
}
