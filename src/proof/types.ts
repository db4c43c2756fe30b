/**
 * Type checking in a thread of its own: a program from elsewhere can make the compiler work for minutes, or call itself until
 * its stack ends, and whoever waits for the answer goes on meanwhile.
 */
import { Worker } from 'node:worker_threads'
import type { EnvSpec } from '../core/spec.ts'
import type { Complaint } from './phrase.ts'
import type { ProgramText } from './typeChecker.ts'

export interface TypesRequest {
  readonly files: readonly ProgramText[]
  readonly spec: EnvSpec
  readonly isOnDisk: boolean
}
/** `tooDeep`: the compiler's stack has ended. */
export type TypesAnswer =
  | { readonly complaints: readonly Complaint[] }
  | { readonly tooDeep: true }
  | { readonly failed: string }

/** For one program on a busy machine, ms; most take tens. */
const TIMEOUT = 20_000
/** MiB. */
const MEMORY = { maxOldGenerationSizeMb: 1024, stackSizeMb: 4 }
/** Sources run as .ts; published code as .js. */
const entry = new URL(`./typesWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/**
 * What the compiler finds wrong in a program's files, in their order; empty when there is nothing. Of a program that
 * `isOnDisk`, files that it imports types from are read too.
 */
export function checkTypes(
  files: Iterable<ProgramText>,
  spec: EnvSpec,
  isOnDisk = false,
): Promise<readonly Complaint[]> {
  const texts = [...files].map(({ path, source }) => ({ path, source }))
  const turn = last.then(() => ask({ files: texts, spec, isOnDisk }))
  last = turn.catch(() => undefined)
  return turn
}

let last: Promise<unknown> = Promise.resolve()
/** Kept for the next program, while it answers. */
let worker: Worker | undefined

async function ask(request: TypesRequest): Promise<readonly Complaint[]> {
  worker ??= start()
  const asked = worker
  // It keeps the process alive only while somebody waits for it.
  asked.ref()
  const { promise, resolve, reject } = Promise.withResolvers<TypesAnswer>()
  const end = (): void => {
    worker = undefined
    void asked.terminate()
  }
  const timer = setTimeout(() => {
    end()
    resolve({ complaints: [tooMuch(request, 'Its types take too long to check.')] })
  }, TIMEOUT)
  const failed = (error: NodeJS.ErrnoException): void => {
    end()
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error)
    else resolve({ complaints: [tooMuch(request, 'Its types take too much memory.')] })
  }
  asked.on('message', resolve)
  asked.on('error', failed)
  asked.postMessage(request)
  try {
    const answer = await promise
    if ('failed' in answer) throw new Error(answer.failed)
    return 'tooDeep' in answer ? [tooMuch(request, 'It nests too deep.')] : answer.complaints
  } finally {
    clearTimeout(timer)
    asked.off('message', resolve)
    asked.off('error', failed)
    asked.unref()
  }
}

const start = (): Worker => new Worker(entry, { resourceLimits: MEMORY, env: {}, execArgv: [] })

const tooMuch = ({ files: [{ path }] }: TypesRequest, message: string): Complaint => ({
  message,
  hint: 'Simplify it: formulas need few types and brackets.',
  at: { file: path, line: 1, column: 1 },
})
