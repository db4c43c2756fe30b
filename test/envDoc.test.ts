/** The pages in docs/envs/ say and show what the environments are now. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { envs } from '../envs/index.ts'
import { envDoc, envIndex, envPicture } from '../src/envDoc.ts'
import { root } from './tools.ts'

const folder = join(root, 'docs/envs')
const STALE = 'run `npm run docs` and commit what it writes'

test.each(envs.map(env => [env.spec.id, env] as const))(
  'the page of %s is up to date',
  async (id, definition) => {
    using env = await definition.make(1)
    const text = envDoc(definition, env)
    expect(readFileSync(join(folder, `${id}.md`), 'utf8'), STALE).toBe(text)
    for (const name of [...Object.keys(definition.spec.obs), ...Object.keys(definition.spec.signals)]) {
      expect(text).toContain(`\`${name}\``)
    }
    const kept = pixelsOf(readFileSync(join(folder, `${id}.png`)))
    expect(kept.equals(pixelsOf(await envPicture(definition, env))), STALE).toBe(true)
  },
)

/** What a PNG file holds, however well it was compressed. */
function pixelsOf(png: Uint8Array): Buffer {
  const bytes = Buffer.from(png)
  const at = bytes.indexOf('IDAT')
  return inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))
}

test('the list names all of them, and there is no page of anything else', () => {
  expect(readFileSync(join(folder, 'README.md'), 'utf8'), STALE).toBe(envIndex(envs))
  const pages = readdirSync(folder).filter(file => file.endsWith('.md') && file !== 'README.md')
  expect(pages.sort()).toEqual(envs.map(({ spec }) => `${spec.id}.md`).sort())
})
