/** The README says what is: its programs load, its files exist, its tables name what there is. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { envs } from '../envs/index.ts'
import { programs } from '../rewards/index.ts'
import { layoutOf } from '../src/core/spec.ts'
import { loadProgram } from '../src/loadProgram.ts'
import { folder } from './cli/carrot.ts'
import { root } from './tools.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const snippets = [...readme.matchAll(/```ts\n([^`]*(?:`[^`]+`[^`]*)*)```/g)].map(match => match[1])

test('the reward program loads and fits its environment', async () => {
  const file = join(folder, 'leaps.ts')
  writeFileSync(file, snippets.find(snippet => snippet.includes('defineReward'))!)
  const { spec } = envs.find(env => env.spec.id === 'hopper')!
  const { program } = await loadProgram(file, spec)
  expect(program.terms.map(({ name }) => name)).toEqual(['speed', 'leap', 'upright', 'effort'])
})

test('the table lists the environments and programs there are', () => {
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` +\| .* \| (\d+) · (\d+) +\| (.*?) +\|$/gm)]
  const listed = rows.map(([, id, obs, actions, rewards]) => [id, Number(obs), Number(actions), rewards])
  const there = envs.map(({ spec }) => [
    spec.id,
    layoutOf(spec.obs).width,
    spec.action.names.length,
    programs
      .filter(({ env }) => env === spec.id)
      .map(({ name }) => `\`${name}\``)
      .join(', '),
  ])
  expect(listed).toEqual(there)
})

test('every file it links to is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
    .map(match => match[1])
    .filter(link => !link.includes(':'))
  expect(links.length).toBeGreaterThan(3)
  for (const link of links) expect(existsSync(join(root, link)), link).toBe(true)
})
