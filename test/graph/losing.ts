/** An executor that is lost on the way, as a GPU is when its driver restarts. */
import type { Executor } from '../../src/graph/executor.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'

/** The WASM executor, whose sessions fail from run `limit` on as those of a GPU that has gone. */
export function losing(limit: number, fail: (graph: Graph) => Error): Executor {
  return {
    name: 'webgpu',
    compile: async graph => {
      const session = wasmExecutor().compileSync(graph)
      const run = session.run
      let runs = 0
      return Object.assign(session, {
        run() {
          if (runs++ >= limit) throw fail(graph)
          run()
        },
      })
    },
  }
}
