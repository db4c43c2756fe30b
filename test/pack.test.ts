/** What is published works in an empty folder: compiled, with its page, and with no dependency it does not declare. */
import { execFileSync, type StdioOptions } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { checkOutput, envsOutput, newOutput, scoreOutput, trainOutput } from '../src/protocol/cli.ts'
import { folder, parse, small, startNode } from './cli/carrot.ts'
import { root } from './tools.ts'

const modules = join(folder, 'node_modules')
const installed = join(modules, 'carrot-rl')

beforeAll(() => {
  const [tarball] = JSON.parse(npm('pack', '--json', '--pack-destination', folder))
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball.filename), '-C', installed, '--strip-components=1'])
  // What `npm install` would bring: the declared dependencies, as the checkout has them.
  const { dependencies, optionalDependencies } = manifest()
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const source = join(root, 'node_modules', name)
    // Optional ones are there for this system only.
    if (!existsSync(source)) continue
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(source, join(modules, name), 'junction')
  }
})

const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

/** npm as the script that runs these tests was started with; else the one on PATH. */
function npm(...args: string[]): string {
  const script = process.env.npm_execpath
  const stdio: StdioOptions = ['ignore', 'pipe', 'ignore']
  const options = { cwd: root, encoding: 'utf8' as const, stdio }
  if (script?.endsWith('.js')) return execFileSync(process.execPath, [script, ...args], options)
  return execFileSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

/** Runs the installed command in the folder it is installed in. */
async function carrot(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await startNode([join(installed, manifest().bin['carrot-rl']), ...args])
    .ended
  expect(code, stderr).toBe(0)
  return stdout
}

test('it lists its environments', async () => {
  const listed = parse(envsOutput, await carrot('list', 'envs', '--json'))
  expect(listed.envs.map(({ id }) => id)).toContain('hopper')
})

test('it trains on a program of the folder and scores it again', async () => {
  const program = `import { defineReward, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'fast',
  env: 'hopper',
  reads: { torsoVelocity: vec3('m/s', 'world') },
  terms: { speed: { weight: 1, value: s => s.torsoVelocity.x } },
})
`
  writeFileSync(join(folder, 'fast.ts'), program)
  const { run, reward } = parse(trainOutput, await carrot('train', '--reward', 'fast.ts', ...small, '--json'))
  expect(reward.name).toBe('fast')
  const score = ['score', run, '--reward', 'hopper-forward', '--json']
  const { after, reproduced } = parse(scoreOutput, await carrot(...score))
  expect(after.name).toBe('hopper-forward')
  expect(reproduced.identical).toBeGreaterThan(0)
})

test('it writes a program whose types are those that are installed, and checks it', async () => {
  const { files } = parse(newOutput, await carrot('new', 'reward', 'leaps', '--env', 'hopper', '--json'))
  expect(files).toEqual([join(folder, 'leaps.ts')])
  const builtIn = join(installed, 'rewards/programs/hopperHigh.ts')
  for (const file of ['leaps.ts', builtIn])
    expect(parse(checkOutput, await carrot('check', file, '--json')).ok).toBe(true)
})

test('it is a library with types', async () => {
  const script = `import { train } from 'carrot-rl'
import { defineReward } from 'carrot-rl/reward'
console.log(typeof train, typeof defineReward)
`
  writeFileSync(join(folder, 'use.mjs'), script)
  const { stdout, stderr } = await startNode([join(folder, 'use.mjs')]).ended
  expect(stderr).toBe('')
  expect(stdout).toBe('function function\n')
  const { exports } = manifest()
  for (const entry of ['.', './reward']) expect(existsSync(join(installed, exports[entry].types))).toBe(true)
})

test('it brings the built page and the models, and none of the sources but the programs', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map(file =>
    file.replaceAll('\\', '/'),
  )
  expect(files).toEqual(
    expect.arrayContaining([
      'dist/viewer/index.html',
      'dist/viewer/carrot-rl.js',
      'dist/viewer/sandbox.js',
      'dist/envs/hopper/hopper.xml',
      'dist/envs/swimmer/presets.yaml',
      'dist/src/llm/prompts/task.md',
      'dist/src/llm/prices.yaml',
      'README.md',
      'LICENSE',
    ]),
  )
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  expect(sources).toContain('rewards/programs/hopperForward.ts')
  expect(sources.filter(file => !/^rewards\/(programs|experts)\//.test(file))).toEqual([])
})
