/** The WebGPU executor on a device in software: the same updates as on the CPU, states that stay there, its errors. */
import { beforeAll, describe, expect } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { webgpuExecutor } from '../../src/graph/onnxruntime.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { expectAgreement, random, runWith } from './executors.ts'
import { autoencoder, PAPER } from './models.ts'
import { apart, statesAfter, updates } from './updates.ts'
import { useSoftwareVulkan, vulkanTest } from './vulkan.ts'

const executor = webgpuExecutor()
const STEPS = 20
/** Shaders for a device in software take seconds to compile, and a busy machine makes minutes of them, ms. */
const PATIENCE = 400_000

describe('WebGPU', () => {
  beforeAll(useSoftwareVulkan)

  for (const [name, update] of Object.entries(updates())) {
    vulkanTest(
      `${name} updates end where they do on the CPU`,
      async () => {
        const own = await statesAfter(executor, update, STEPS)
        const wanted = await statesAfter(wasmExecutor(), update, STEPS)
        for (const [state, data] of Object.entries(own)) {
          expect(apart(data, wanted[state]), state).toBeLessThan(1e-4)
          expect(apart(data, update.states[state]), `${state} moved`).toBeGreaterThan(1e-3)
        }
      },
      PATIENCE,
    )
  }

  // The paper's sizes, step size and Adam; that its SELU and ReLU cannot be compared so, kinks.test.ts shows.
  vulkanTest(
    'an autoencoder of 64×64 images ends where it does on the CPU',
    async () => {
      const { graph, params } = autoencoder({ ...PAPER, smooth: true })
      const update = { graph, states: { params }, inputs: { learningRate: 1e-3 }, range: [0, 1] } as const
      const own = await statesAfter(executor, update, STEPS)
      const wanted = await statesAfter(wasmExecutor(), update, STEPS)
      expect(apart(own.params, wanted.params)).toBeLessThan(1e-4)
      expect(apart(own.params, params)).toBeGreaterThan(1e-2)
    },
    PATIENCE,
  )

  vulkanTest('states are read when they are settled, and written at any time', async () => {
    const g = new Graph('states')
    const count = g.state('count', [])
    const kept = g.state('kept', [2])
    g.assign(count, count.add(g.input('more', [])))
    g.output('sum', kept.sum().add(count))
    using session = await executor.compile(g)
    session.writeState('kept', [5, 6])
    expect([...session.readState('count')]).toEqual([0])
    await runWith(session, { more: [2] })
    expect(session.output('sum')[0]).toBe(11)
    expect(() => session.readState('count')).toThrow(/while its value is on the GPU/)
    await runWith(session, { more: [3] })
    await session.settle()
    expect([...session.readState('count')]).toEqual([5])
    expect([...session.readState('kept')]).toEqual([5, 6])
    session.writeState('count', [100])
    expect([...session.readState('count')]).toEqual([100])
    await runWith(session, { more: [1] })
    await session.settle()
    expect([...session.readState('count')]).toEqual([101])
    expect(session.output('sum')[0]).toBe(111)
  })

  vulkanTest('convolutions of numbers of channels that onnxruntime gets wrong', async () => {
    for (const C of [3, 6]) {
      const g = new Graph(`${C} channels`)
      const [x, w] = [g.input('x', [2, C, 4, 4]), g.input('w', [4, C, 3, 3])]
      g.output('y', x.convolve(w, { pad: 1 }))
      await expectAgreement(executor, g, { x: random(32 * C, 1), w: random(36 * C, 2) })
    }
  })

  vulkanTest('maxima, gathers and products of stacks', async () => {
    const g = new Graph('rest')
    const x = g.input('x', [2, 3, 4])
    const top = x.largest([2], true)
    const table = g.state('table', [5, 4])
    const rows = table.gather(g.input('i', [2, 3]))
    const y = x.matmul(rows, { transposeB: true }).add(top)
    g.output('y', y)
    const [dx, dt] = g.grad(y.square().sum(), [x, table])
    g.output('dx', dx)
    g.output('dt', dt)
    const inputs = { x: random(24, 1), i: [0, 4, 2, 2, 1, 0] }
    await expectAgreement(executor, g, inputs, { table: random(20, 2) })
  })
})
