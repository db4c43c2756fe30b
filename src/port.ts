/** Calls to a worker thread as promises: one request, one reply, in order. */
import { type Transferable, Worker } from 'node:worker_threads'
import { fromPortable, type PortableError } from './core/errors.ts'

/** What a worker answers: a value, or why there is none. */
export type Reply<T> = { readonly value: T } | { readonly failed: PortableError }

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

/** A worker thread that answers requests in the order they came. */
export class Port implements AsyncDisposable {
  private readonly worker: Worker
  private readonly waiting: Waiting[] = []
  private dead: Error | undefined

  /** `module` is a path without extension beside the caller: sources run as .ts, published code as .js. */
  constructor(module: string, caller: string, workerData: unknown) {
    const extension = caller.endsWith('.ts') ? '.ts' : '.js'
    this.worker = new Worker(new URL(module + extension, caller), { workerData })
    this.worker.on('message', (reply: Reply<never>) => {
      const waiter = this.waiting.shift()
      if ('failed' in reply) waiter?.reject(fromPortable(reply.failed))
      else waiter?.resolve(reply.value)
    })
    this.worker.on('error', error => this.die(error as Error))
    this.worker.on('exit', code => this.die(new Error(`A worker thread ended early with code ${code}.`)))
  }

  /** Sends one request. Rejects with the worker's error, or when the worker has died. */
  call<T>(request: unknown, transfer: Transferable[] = []): Promise<T> {
    if (this.dead !== undefined) return Promise.reject(this.dead)
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.worker.postMessage(request, transfer)
    })
  }

  private die(error: Error): void {
    this.dead ??= error
    for (const waiter of this.waiting.splice(0)) waiter.reject(this.dead)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate()
  }
}
