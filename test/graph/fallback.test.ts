/** A GPU that is lost while it learns. The loss is made here; what runs before and after it is real. */
import { expect, test } from 'vitest'
import { CarrotError } from '../../src/core/errors.ts'
import { gpuLost } from '../../src/graph/executor.ts'
import { withFallback } from '../../src/graph/fallback.ts'
import { Graph } from '../../src/graph/graph.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { losing } from './losing.ts'

function counting(): Graph {
  const g = new Graph('counting')
  const count = g.state('count', [])
  g.assign(count, count.add(g.input('more', [])))
  g.output('before', count)
  return g
}

test('goes on from the last settled state, with the same inputs, and says so once', async () => {
  const said: string[] = []
  const lost = (graph: Graph) => gpuLost(graph, 'webgpu', new Error('the driver restarted'))
  const executor = withFallback(losing(3, lost), wasmExecutor(), message => said.push(message))
  using session = await executor.compile(counting())
  const more = session.input('more')
  session.writeState('count', [100])
  more[0] = 1
  await session.run()
  await session.settle()
  expect([...session.readState('count')]).toEqual([101])
  more[0] = 5
  await session.run()
  await session.run()
  expect(said).toEqual([])
  more[0] = 7
  await session.run() // lost: the two runs since settle() with it
  await session.settle()
  expect([...session.readState('count')]).toEqual([108])
  expect([...session.output('before')]).toEqual([101])
  more[0] = 2
  await session.run()
  expect([...session.readState('count')]).toEqual([110])
  expect(session.input('more')).toBe(more)
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(/counting.*stopped on webgpu: the driver restarted\. Learning goes on with wasm/)
  // What is compiled later starts on the fallback.
  using later = await executor.compile(counting())
  for (let i = 0; i < 5; i++) await later.run()
})

test('any other failure is passed on', async () => {
  const wrong = () => new CarrotError('bad-argument', 'Wrong.', 'Mend it.')
  using session = await withFallback(losing(0, wrong), wasmExecutor(), () => undefined).compile(counting())
  await expect(session.run()).rejects.toThrow('Wrong.')
})
