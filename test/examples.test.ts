import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { launcher, startNode } from './cli/carrot.ts'

test('the library example trains', async () => {
  const example = fileURLToPath(new URL('../examples/train.ts', import.meta.url))
  const { code, stdout, stderr } = await startNode(['--conditions=carrot-source', example, '4096']).ended
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^Training hopper on hopper-forward in .*\n2048 [\d.-]+\n4096 [\d.-]+\nReturn of the trained policy: [\d.]+\n$/,
  )
})

test('the example of an own environment is sound, and its reward fits it', async () => {
  const file = (name: string) => fileURLToPath(new URL(`../examples/pushCart/${name}`, import.meta.url))
  const checked = await startNode([launcher, 'check-env', file('pushCart.ts')]).ended
  expect(checked.code, checked.stderr).toBe(0)
  expect(checked.stdout.match(/^no /gm)).toHaveLength(1)
  const rewarded = await startNode([launcher, 'check', file('bringCrate.ts'), '--env', file('pushCart.ts')])
    .ended
  expect(rewarded.code, rewarded.stdout).toBe(0)
})
