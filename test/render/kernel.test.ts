/** The ray caster as compiled is what its source says. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hashOf } from '../../src/build/kernel.ts'
import { kernelModule, SOURCES } from '../../src/render/kernels/build.ts'
import { sourceHash } from '../../src/render/kernels/module.ts'

const folder = new URL('../../src/render/kernels/', import.meta.url)

test('the module was made from the sources as they are', () => {
  expect(hashOf(folder, SOURCES), 'run node src/render/kernels/build.ts').toBe(sourceHash)
  const others = ['build.ts', 'module.ts']
  expect(readdirSync(folder).filter(file => !others.includes(file))).toEqual(SOURCES)
})

test('compiled anew, the sources give the same bytes', async () => {
  expect(await kernelModule()).toBe(readFileSync(new URL('module.ts', folder), 'utf8'))
})
