import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import { openSearch } from '../../src/search/evolve.ts'
import type { SearchSettings } from '../../src/search/population.ts'
import { SearchFolder } from '../../src/search/searchFolder.ts'
import { familyTree } from '../../src/search/tree.ts'
import { openRun } from '../../src/store/index.ts'
import { answer, fakeEndpoint } from '../llm/endpoint.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'carrot-search-'))
  process.env.XDG_CACHE_HOME = join(root, 'cache')
})
afterEach(() => {
  delete process.env.XDG_CACHE_HOME
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
})

const SETTINGS: SearchSettings = {
  text: 'balance the pole in the middle of the rail',
  samples: 3,
  iterations: 2,
  train: 2,
  finalSeeds: 1,
}
const INPUT = {
  env: 'inverted-pendulum',
  steps: 1024,
  envs: 4,
  workers: 1,
  evalEpisodes: 2,
  recordEvery: 100,
  device: 'wasm',
  repairs: 0,
  ppo: { batch: 256, epochs: 1, minibatches: 4, hidden: [8] },
} as const satisfies TrainInput

/** Of three programs one cannot be proven, and two are the same but for their scale. */
const WRITTEN = [
  answer('good'),
  answer('wrongUnits'),
  answer('good').replace(/weight: (-?[\d.]+)/g, (_, w) => `weight: ${2 * Number(w)}`),
]
const IMPROVED = [answer('better'), answer('proseOnly'), answer('good')]

test('a search: written, proven, pruned, trained, improved, crossed, and confirmed; going on repeats nothing', async () => {
  await using endpoint = await fakeEndpoint(({ body }) => {
    const number = ((body.seed as number) - 1) % 10_000
    return (body.messages.length === 2 ? WRITTEN : IMPROVED)[number - 1]
  })
  const input = { ...INPUT, llm: 'vllm/m', llmUrl: endpoint.url }
  const notes: string[] = []
  const hooks = { onNote: (note: string) => notes.push(note) }
  const folder = SearchFolder.draft('inverted-pendulum', root)
  const search = await openSearch(SETTINGS, input, folder, hooks)
  folder.create({ search: SETTINGS, train: input })
  const best = await search.run()
  if (best === null) throw new Error('It was not told to stop.')
  const candidates = folder.candidates()
  expect(familyTree(candidates, best.id)).toMatch(
    /^\* 1\.1 .*: trained; success .*\n├ 2\.1 balance-calmly: .*\n├ 2\.2: unsound; There is no program.*\n└ 2\.3 .*\n1\.2: unsound; It fails at types: .*poleAngle/,
  )
  const fates = Object.fromEntries(candidates.map(({ id, fate }) => [id, fate]))
  expect(fates).toMatchObject({
    '1.1': 'trained',
    '1.2': 'unsound',
    '1.3': 'pruned',
    '2.2': 'unsound',
    '2.3': 'pruned',
  })
  expect(candidates[2].why).toContain('It pays the same as 1.1')
  // The second round knows the best program of the first, and what training showed of it.
  const { body, last } = endpoint.asked.find(({ body }) => body.messages.length === 4)!
  expect(body.messages[2].content).toContain("name: 'balance-in-the-middle'")
  expect(last).toMatch(/After 1024 steps: success \d+ %/)
  expect(last).toMatch(/upright: \[([-\d.]+(, )?){4}\] max/)
  expect(last).toContain('- 1.2: unsound')
  expect(candidates.find(({ id }) => id === '2.1')?.parents).toEqual(['1.1'])

  const confirmed = await search.confirm(best)
  expect(confirmed?.seeds).toMatchObject([{ seed: 2 }])
  expect(confirmed?.correlation).toBeGreaterThan(0)
  const runs = readdirSync(folder.runs)
  for (const name of runs) expect(openRun(name, folder.runs).program.untrusted).toBe(true)
  expect(existsSync(folder.file('1.1'))).toBe(true)

  // Another process goes on from the same folder: nothing is asked, nothing is trained.
  const asked = endpoint.asked.length
  const again = await openSearch(SETTINGS, input, SearchFolder.open(folder.folder), hooks)
  expect((await again.run())?.id).toBe(best.id)
  expect(await again.confirm(best)).toEqual(confirmed)
  expect(endpoint.asked).toHaveLength(asked)
  expect(readdirSync(folder.runs)).toEqual(runs)
  expect(folder.candidates()).toEqual(candidates)
  expect(readFileSync(join(folder.folder, 'search.yaml'), 'utf8')).toContain('llm: vllm/m')
})
