/** docs/library.md says what the library holds now. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { experts, programs } from '../rewards/index.ts'
import { criterionOf, libraryDoc } from '../src/libraryDoc.ts'
import { root } from './tools.ts'

test('the page of the library is up to date, and names every program', () => {
  const text = libraryDoc()
  expect(readFileSync(join(root, 'docs/library.md'), 'utf8'), 'run `npm run docs`').toBe(text)
  for (const { name } of [...programs, ...experts]) expect(text).toContain(`\`${name}\``)
})

test('when a program succeeds is told, by its own criterion or by that of the environment as it sets it', () => {
  const criterion = (name: string) => criterionOf(programs.find(program => program.name === name)!)
  expect(criterion('button-press')).toMatch(/^It is at most 0.02 m from its goal.*: at any step\.$/)
  expect(criterion('ant-lie-down')).toMatch(/right way up and at rest: in 95 % of the steps\.$/)
  expect(criterion('pose-lotus')).toMatch(/: in 50 % of the steps\.$/)
})
