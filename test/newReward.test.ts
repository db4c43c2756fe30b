import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { envs } from '../envs/index.ts'
import { checkProgram } from '../src/checkProgram.ts'
import { newReward } from '../src/newReward.ts'
import { root } from './tools.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'carrot-new-')))
afterAll(() => rmSync(base, { recursive: true, force: true }))

let folders = 0
function emptyFolder(parent = base): string {
  const folder = join(parent, `f${folders++}`)
  mkdirSync(folder)
  return folder
}
/** What the compiler of an editor says of a folder. */
function typeErrors(folder: string): string {
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc')
  return spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' }).stdout
}

describe('a new program', () => {
  const folder = emptyFolder()

  test.each(envs.map(({ spec }) => [spec.id, spec] as const))(
    'for %s is sound as it is',
    async (id, spec) => {
      const { file } = await newReward(`first-${id}`, id, folder)
      const report = await checkProgram(file)
      expect(report.errors).toEqual([])
      expect(report.terms.length).toBeGreaterThan(1)
      for (const { std, name } of report.terms) expect(std, name).toBeGreaterThan(0)
      // It lists every signal as a declaration that can be copied.
      const text = readFileSync(file, 'utf8')
      for (const [name, field] of Object.entries(spec.signals)) {
        expect(text).toMatch(new RegExp(`^  //   ${name}: \\w+\\(.*\\),( // .+)?$`, 'm'))
        if (field.unit !== 'bool' && field.shape.join() !== '4') expect(text).toContain(`'${field.unit}'`)
      }
    },
  )

  test('can read every signal as it is listed', async () => {
    for (const { spec } of envs) {
      const { file } = await newReward(`all-${spec.id}`, spec.id, folder)
      const text = readFileSync(file, 'utf8')
      const listed = [...text.matchAll(/^ {2}\/\/ {3}(\w+: \w+\(.*?\),)/gm)].map(match => match[1])
      expect(listed).toHaveLength(Object.keys(spec.signals).length)
      writeFileSync(
        file,
        text
          .replace(/reads: \{[^}]*\}/, `reads: { ${listed.join(' ')} }`)
          .replace(
            /^import \{.*$/m,
            "import { defineReward, flag, quat, scalar, sumSquares, vec3, vector } from 'carrot-rl'",
          ),
      )
      expect((await checkProgram(file)).errors).toEqual([])
    }
  })

  test('has types in the editor, and so has what is written wrong', () => {
    expect(readdirSync(folder)).toContain('tsconfig.json')
    expect(typeErrors(folder)).toBe('')
    const file = join(folder, 'first-hopper.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replace('s.torsoVelocity.x }', 's.torsoVelocty.x }'))
    expect(typeErrors(folder)).toMatch(/first-hopper\.ts\(\d+,\d+\): .*torsoVelocty/)
  })

  test('is never written over another', async () => {
    const file = join(folder, 'first-ant.ts')
    const before = readFileSync(file, 'utf8')
    await expect(newReward('first-ant', 'hopper', folder)).rejects.toThrow(
      expect.objectContaining({
        code: 'bad-argument',
        message: `${file} is there already.`,
        hint: expect.stringContaining('Choose another name'),
      }),
    )
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test.each(['Long', 'long leaps', 'long_leaps', '../long', 'long.ts', ''])('is not named %j', async name => {
    await expect(newReward(name, 'hopper', folder)).rejects.toThrow(/lower-case|is named/)
  })

  test('is for an environment that there is, in a folder that can be written', async () => {
    await expect(newReward('long', 'hoper', folder)).rejects.toThrow("There is no environment 'hoper'.")
    await expect(newReward('long', 'hopper', join(folder, 'nowhere'))).rejects.toThrow(/cannot be written/)
    expect(readdirSync(folder)).not.toContain('long.ts')
  })
})

describe('a tsconfig.json', () => {
  test('is written beside the first program only', async () => {
    const folder = emptyFolder()
    expect(await newReward('one', 'hopper', folder)).toEqual({
      file: join(folder, 'one.ts'),
      env: 'hopper',
      files: [join(folder, 'one.ts'), join(folder, 'tsconfig.json')],
      types: 'written',
    })
    expect(await newReward('two', 'hopper', folder)).toMatchObject({
      files: [join(folder, 'two.ts')],
      types: 'found',
    })
  })

  test('of the user is left alone', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'tsconfig.json'), '{}')
    expect(await newReward('one', 'hopper', folder)).toMatchObject({
      files: [join(folder, 'one.ts')],
      types: 'missing',
    })
    expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8')).toBe('{}')
  })

  test('is written inside the checkout where its own does not reach', async () => {
    // A folder that git ignores, so that a test that is cut off leaves nothing to be committed.
    const cache = join(root, '.cache')
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, 'new-'))
    try {
      expect((await newReward('one', 'hopper', folder)).types).toBe('written')
      expect(typeErrors(folder)).toBe('')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
    expect(include).toEqual(expect.arrayContaining(['*.ts', 'examples']))
  })
})
