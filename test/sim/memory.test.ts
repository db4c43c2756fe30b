/** What is made and given back leaves the heap as it was. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { readModel } from '../../src/sim/modelFiles.ts'
import { compileModel, loadMujoco } from '../../src/sim/mujoco.ts'

const hopper = new URL('../../envs/hopper/hopper.xml', import.meta.url)

/** Address of a block too large for any hole. */
async function heapTop(): Promise<number> {
  const { bindings } = await loadMujoco()
  const block = new bindings.DoubleBuffer(250_000)
  const { byteOffset } = block.GetView() as Float64Array
  block.delete()
  return byteOffset
}

/** Highest top over `count` rounds: each leaves other holes, so it goes up and down a little. */
async function peak(count: number, round: () => unknown): Promise<number> {
  let top = 0
  for (let i = 0; i < count; i++) {
    await round()
    if (i % 10 === 0) top = Math.max(top, await heapTop())
  }
  return top
}

test('10,000 simulations of one model leave nothing behind', async () => {
  const mujoco = await loadMujoco()
  const model = compileModel(mujoco, await readModel(hopper))
  const cycle = () => {
    const data = new mujoco.bindings.MjData(model)
    mujoco.bindings.mj_step(model, data)
    data.delete()
  }
  const warm = await peak(100, cycle)
  const bytes = mujoco.heapBytes()
  expect(await peak(10_000, cycle)).toBeLessThanOrEqual(warm)
  expect(mujoco.heapBytes()).toBe(bytes)
  model.delete()
})

test('200 environments, each compiled anew and of several files, leave nothing behind', async () => {
  const { heapBytes } = await loadMujoco()
  // It includes its body from another file.
  const humanoid = envById('humanoid')
  const cycle = async () => {
    using env = await humanoid.make(1)
    env.step(new Float64Array(env.applied.length))
  }
  const warm = await peak(30, cycle)
  const bytes = heapBytes()
  // A leak of a kilobyte each would show; what remains is how blocks happen to lie.
  expect((await peak(200, cycle)) - warm).toBeLessThan(100_000)
  expect(heapBytes()).toBe(bytes)
})
