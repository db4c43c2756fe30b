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
  samples: 4,
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

/** Of four programs one cannot be proven, and two are the same but for their scale. */
const doubled = answer('good').replace(/weight: (-?[\d.]+)/g, (_, weight) => `weight: ${2 * Number(weight)}`)
const WRITTEN = [answer('good'), answer('wrongUnits'), doubled, answer('better')]
/** Nothing new: what is trained in the second round is the child of the two. */
const IMPROVED = [answer('good'), answer('proseOnly'), answer('better'), answer('proseOnly')]

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
  const byId = new Map(candidates.map(candidate => [candidate.id, candidate]))
  const fates = Object.fromEntries(candidates.map(({ id, fate }) => [id, fate]))
  expect(fates).toMatchObject({
    '1.2': 'unsound',
    '1.3': 'pruned',
    '2.1': 'pruned',
    '2.2': 'unsound',
    '2.3': 'pruned',
  })
  expect(byId.get('1.3')?.why).toContain('It pays the same as 1.1')
  // One trained on, the other was left behind at half of the steps.
  expect([fates['1.1'], fates['1.4']].sort()).toEqual(['stopped', 'trained'])
  const parent = fates['1.1'] === 'trained' ? '1.1' : '1.4'
  const child = byId.get('2.5')
  expect(child).toMatchObject({ origin: 'crossover', fate: 'trained' })
  expect(child?.parents.toSorted()).toEqual(['1.1', '1.4'])
  expect(child?.program?.terms).toEqual(expect.arrayContaining(['upright', 'middle', 'calm', 'slow']))
  expect(familyTree(candidates, best.id).split('\n').sort()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^1\.2: unsound; It fails at types: .*poleAngle/),
      expect.stringMatching(/^├ 2\.2: unsound; There is no program/),
      expect.stringMatching(/^└ .*2\.5 .*: trained; success .* \(with terms of 1\.[14]\)$/),
    ]),
  )
  // The second round knows the best program of the first, and what training showed of it.
  const { body, last } = endpoint.asked.find(({ body }) => body.messages.length === 4)!
  expect(body.messages[2].content).toContain(`name: '${byId.get(parent)?.program?.name}'`)
  expect(last).toMatch(/After 1024 steps: success \d+ %/)
  expect(last).toMatch(/upright: \[([-\d.]+(, )?){4}\] max/)
  expect(last).toContain('- 1.2: unsound')
  expect(byId.get('2.1')?.parents).toEqual([parent])

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
