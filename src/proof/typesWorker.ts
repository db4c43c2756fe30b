/** The thread that checks types. */
import { parentPort } from 'node:worker_threads'
import { TypeChecker } from './typeChecker.ts'
import type { TypesAnswer, TypesRequest } from './types.ts'

const checker = new TypeChecker()

parentPort?.on('message', ({ files, spec, isOnDisk }: TypesRequest) => {
  parentPort?.postMessage(answer(() => checker.check(files, spec, isOnDisk)))
})

function answer(check: () => ReturnType<TypeChecker['check']>): TypesAnswer {
  try {
    return { complaints: check() }
  } catch (error) {
    return error instanceof RangeError
      ? { tooDeep: true }
      : { failed: (error as Error).stack ?? String(error) }
  }
}
