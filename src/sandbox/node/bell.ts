/** How host and worker wake each other: counts in shared memory, which a blocked thread can wait for. */

/** Requests made, and answers given. */
export const REQUESTS = 0
export const ANSWERS = 1

/** What a worker is started with. */
export interface WorkerStart {
  readonly port: import('node:worker_threads').MessagePort
  /** [2] */
  readonly bell: Int32Array
}
