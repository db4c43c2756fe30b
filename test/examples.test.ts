import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startNode } from './cli/carrot.ts'

test('the library example trains', async () => {
  const example = fileURLToPath(new URL('../examples/train.ts', import.meta.url))
  const { code, stdout, stderr } = await startNode(['--conditions=carrot-source', example, '4096']).ended
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^Training hopper on hopper-forward in .*\n2048 [\d.-]+\n4096 [\d.-]+\nReturn of the trained policy: [\d.]+\n$/,
  )
})
