/** Everything works where onnxruntime-node could not be installed: npm drops a failed optional package in silence. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { doctorOutput, failureOutput, trainOutput } from '../src/protocol/cli.ts'
import { folder, launcher, parse, small, startNode } from './cli/carrot.ts'
import { without } from './without.ts'

const main = join(launcher, '../main.ts')
const carrotWithout = (...args: string[]) =>
  startNode([...without('onnxruntime-node', folder), '--conditions=carrot-source', main, ...args, '--json'])
    .ended

test('without onnxruntime-node a robot trains on the WASM executor', async () => {
  const { code, stdout, stderr } = await carrotWithout('train', 'hopper', ...small)
  expect(code, stderr).toBe(0)
  expect(parse(trainOutput, stdout)).toMatchObject({ device: 'wasm', steps: 2048 })
  expect(stderr).toContain('onnxruntime-node is not installed')
})

test('asked for, it is refused with the way out; doctor says that it is missing', async () => {
  const { code, stdout } = await carrotWithout('train', 'hopper', ...small, '--device', 'cpu')
  expect(code).toBe(1)
  const { error } = parse(failureOutput, stdout)
  expect(error).toMatchObject({ code: 'unsupported' })
  expect(error.hint).toContain('--device wasm')
  const { executors, adapters } = parse(doctorOutput, (await carrotWithout('doctor')).stdout)
  expect(executors).toContainEqual(expect.objectContaining({ name: 'onnx-cpu', available: false }))
  for (const adapter of adapters) expect(adapter.works).toBe(false)
})
