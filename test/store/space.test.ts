import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createRun, openRun, resumeRun } from '../../src/store/index.ts'
import { leastMissed } from '../../src/store/thin.ts'
import { episode, episodeEvent, inFolder, metrics, newRun, start, summary } from './fixture.ts'

/** Runs a script in a shell that limits every file to 64 KiB: writing beyond fails as on a full disk. */
function withoutSpace(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const command = 'ulimit -f 64; exec "$0" "$@"'
  return spawnSync('bash', ['-c', command, process.execPath, file, ...args], { encoding: 'utf8' })
}

test('a full disk is told in full, and nothing recorded before is lost', () =>
  inFolder(async root => {
    const { status, stdout, stderr } = withoutSpace('./filler.ts', root)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const said = JSON.parse(stdout)
    expect(said.episode).toMatchObject({ code: 'no-space' })
    expect(said.episode.message).toContain('episode big')
    expect(said.episode.hint).toContain('free some space')
    expect(said.checkpoint).toMatchObject({ code: 'no-space' })
    expect(said.log).toMatchObject({ code: 'no-space' })
    expect(said.log.message).toContain(join(root, 'full', 'log.jsonl'))
    expect(said.close).toMatchObject({ code: 'no-space' })

    const run = openRun('full', root)
    expect(run.live).toBe(false)
    expect(readFileSync(join(run.folder, 'log.jsonl'), 'utf8').endsWith('}\n')).toBe(true)
    expect(run.metrics().length).toBe(said.logged)
    expect(run.episodes()).toEqual([summary('small', 1)])
    expect((await run.episode('small')).summary).toEqual(summary('small', 1))
    expect(run.latestCheckpoint()).toMatchObject({ step: 1, tensors: { policy: Float32Array.of(1) } })
    for (const each of ['.', 'episodes', 'checkpoints']) {
      expect(readdirSync(join(run.folder, each)).filter(name => name.endsWith('.tmp'))).toEqual([])
    }
    const again = resumeRun('full', { root })
    again.event(metrics(5000))
    await again.close()
    expect(run.metrics().length).toBe(said.logged + 1)
  }))

test('a place where no folder can be made is refused', () =>
  inFolder(async root => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    // Linux answers there that nothing exists, as if a folder above were missing.
    const places = [file, join(file, 'runs'), ...(existsSync('/proc/self') ? ['/proc/carrot/runs'] : [])]
    for (const place of places) {
      expect(() => createRun(newRun(place))).toThrow(
        expect.objectContaining({ code: 'bad-run', message: expect.stringContaining(place) }),
      )
    }
    const deep = createRun(newRun(join(root, 'a/b')))
    await deep.close()
    expect(openRun(deep.name, join(root, 'a/b')).folder).toBe(deep.folder)
  }))

test('when recordings exceed their share, the first, the best and the newest stay, evenly spaced', () =>
  inFolder(async root => {
    const warnings: string[] = []
    const size = (await sizeOfOne(root)) + 20
    const store = createRun({
      ...newRun(root),
      maxEpisodeBytes: 8 * size,
      onWarning: message => warnings.push(message),
    })
    store.event(start())
    for (let n = 0; n < 33; n++) {
      const about = summary(`e${n}`, n * 100, n === 13 ? 1e6 : n)
      await store.episode(episode(about))
      store.event(episodeEvent(about))
      if (n === 6) expect(warnings).toEqual([])
    }
    await store.close()
    const kept = openRun(store.folder).episodes()
    expect(kept.length).toBe(8)
    expect(readdirSync(join(store.folder, 'episodes')).length).toBe(8)
    const ids = kept.map(({ id }) => id)
    for (const id of ['e0', 'e13', 'e32']) expect(ids).toContain(id)
    const gaps = kept.slice(1).map((about, i) => about.atStep - kept[i].atStep)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000)
    expect(warnings.length).toBe(1)
    expect(warnings[0]).toMatch(/Recorded episodes take .* MB of the .* MB allowed \(maxEpisodeBytes\)/)

    // The share holds for what was recorded before, too.
    const again = resumeRun(store.folder, { maxEpisodeBytes: 4 * size })
    await again.episode(episode(summary('e33', 3300)))
    again.event(episodeEvent(summary('e33', 3300)))
    await again.close()
    const fewer = openRun(store.folder).episodes()
    expect(fewer.length).toBe(4)
    expect(fewer.map(({ id }) => id)).toEqual(expect.arrayContaining(['e0', 'e13', 'e33']))
  }))

async function sizeOfOne(root: string): Promise<number> {
  const store = createRun(newRun(root))
  await store.episode(episode(summary('e0', 0)))
  await store.close()
  return readFileSync(join(store.folder, 'episodes', 'e0.safetensors')).length
}

test('the episode given up is the one that leaves the run covered most evenly', () => {
  const at = (...steps: number[]) => steps.map(step => summary(`e${step}`, step))
  expect(leastMissed(at(0, 100, 200, 300))?.atStep).toBe(100)
  expect(leastMissed(at(0, 200, 300, 400, 600))?.atStep).toBe(300)
  expect(leastMissed([summary('a', 0), summary('best', 1, 9), summary('c', 5), summary('d', 6)])?.id).toBe(
    'c',
  )
  expect(leastMissed(at(0, 100))).toBeUndefined()
  expect(leastMissed([])).toBeUndefined()
})
