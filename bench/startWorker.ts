/** The worker thread of `start.ts`: makes an environment as an actor does, and says how long that took. */
import { workerData } from 'node:worker_threads'
import { answer } from '../src/answer.ts'
import { loadEnv } from '../src/loadEnv.ts'
import { loadMujoco } from '../src/sim/mujoco.ts'

export interface Started {
  /** ms; `start` is all of it. */
  readonly module: number
  readonly start: number
  /** Bytes of the heap that another row takes. */
  readonly row: number
}

/** Rows over which memory is counted. */
const MANY = 64

async function start({ env, rows }: { env: string; rows: number }): Promise<Started> {
  const before = performance.now()
  const mujoco = await loadMujoco()
  const module = performance.now() - before
  const definition = await loadEnv({ env })
  {
    using made = await definition.make(rows)
    made.step(new Float64Array(made.applied.length))
  }
  const done = performance.now() - before
  // A block at the top of the heap says how far up it is used.
  const top = () => {
    const block = new mujoco.bindings.DoubleBuffer(1_000_000)
    const { byteOffset } = block.GetView() as Float64Array
    block.delete()
    return byteOffset
  }
  using one = await definition.make(1)
  const low = top()
  using many = await definition.make(MANY)
  const row = (top() - low) / MANY
  many.step(new Float64Array(many.applied.length))
  one.step(new Float64Array(one.applied.length))
  return { module, start: done, row }
}

answer(
  async () => workerData as { env: string; rows: number },
  given => start(given),
)
