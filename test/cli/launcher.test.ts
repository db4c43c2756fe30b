import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { carrot, folder, launcher, startNode } from './carrot.ts'

/** Makes the launcher believe that a Node of this version runs it, on a system that cannot replace a process. */
function pretend(version: string): string[] {
  const file = join(folder, `pretend-${version}.cjs`)
  const versions = `{ ...process.versions, node: '${version}' }`
  // Only the launcher: the process it starts must see the truth.
  writeFileSync(
    file,
    `if (process.argv[1].endsWith('carrot.js')) {
  Object.defineProperty(process, 'versions', { value: ${versions} })
  process.execve = undefined
}`,
  )
  return ['--require', file]
}

test('an older Node hands over to the one that was installed with the package', async () => {
  for (const old of ['14.21.3', '20.19.0', '22.17.1']) {
    const { ended } = startNode([...pretend(old), launcher, 'doctor', '--json'])
    const { code, stdout } = await ended
    expect(code).toBe(0)
    const { node } = JSON.parse(stdout)
    expect(node.path).toContain('node_modules')
    expect(node.ok).toBe(true)
  }
})

test('the exit code comes back through it', async () => {
  const { ended } = startNode([...pretend('20.19.0'), launcher, 'list', 'nothing'])
  expect((await ended).code).toBe(1)
})

test('without one it says what to install', async () => {
  const alone = join(folder, 'alone/src/cli')
  mkdirSync(alone, { recursive: true })
  copyFileSync(launcher, join(alone, 'carrot.js'))
  writeFileSync(join(folder, 'alone/package.json'), '{ "type": "module" }')
  const { code, stderr } = await startNode([...pretend('20.19.0'), join(alone, 'carrot.js'), 'list', 'envs'])
    .ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^carrot needs Node 22\.18 or newer; this is Node 20\.19\.0.*npm install.*\n$/)
})

test('help of the whole, and of nothing', async () => {
  const [asked, bare, version] = await Promise.all([carrot('--help'), carrot(), carrot('--version')])
  expect(asked.code).toBe(0)
  expect(asked.stdout).toMatch(/train .*\[env\]/)
  expect(bare.code).toBe(1)
  expect(bare.stderr).toBe(asked.stdout)
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
