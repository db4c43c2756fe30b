/** The worker's end of a `Port`: answers every request in order, with a value or the reason there is none. */
import { parentPort } from 'node:worker_threads'
import { toPortable } from './core/errors.ts'
import type { Reply } from './port.ts'

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
      try {
        reply = { value: await handle(await ready, request) }
      } catch (error) {
        reply = { failed: toPortable(error) }
      }
      port.postMessage(reply)
    })
  })
}
