/** `npm run docs`: writes docs/envs/, a page with a picture for every environment, and docs/library.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { envs } from '../../envs/index.ts'
import { envDoc, envIndex, envPicture } from '../envDoc.ts'
import { libraryDoc } from '../libraryDoc.ts'

const folder = fileURLToPath(new URL('../../docs/envs', import.meta.url))

mkdirSync(folder, { recursive: true })
for (const definition of envs) {
  using env = await definition.make(1)
  const { id } = definition.spec
  writeFileSync(join(folder, `${id}.md`), envDoc(definition, env))
  writeFileSync(join(folder, `${id}.png`), await envPicture(definition, env))
}
writeFileSync(join(folder, 'README.md'), envIndex(envs))
writeFileSync(join(folder, '../library.md'), libraryDoc())
