import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { envById } from '../envs/index.ts'
import { bindReward, programs } from '../rewards/index.ts'
import type { CarrotError } from '../src/core/errors.ts'
import type { LoadedProgram } from '../src/core/reward.ts'
import { loadProgram, misfits, programModule, watchProgram } from '../src/loadProgram.ts'
import { playRandomly } from '../src/randomPlay.ts'
import { root } from './tools.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carrot-programs-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hopper = envById('hopper')

function write(name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
/** A program of one term, with what stands above it. */
const text = (name: string, value: string, above = '') => `import { defineReward, vec3 } from 'carrot-rl'
${above}
export default defineReward({
  name: '${name}',
  env: 'hopper',
  reads: { torsoVelocity: vec3('m/s', 'world') },
  terms: { only: { weight: 1, value: s => ${value} } },
})
`
const faultOf = async (file: string): Promise<CarrotError> =>
  loadProgram(file).then(
    () => Promise.reject(new Error(`${file} was loaded.`)),
    (error: CarrotError) => error,
  )
/** Rewards of a few random steps. */
async function rewards({ program }: Pick<LoadedProgram, 'program'>): Promise<number[]> {
  const columns = await playRandomly(hopper, { rows: 2, steps: 20, seed: 2 })
  expect(bindReward(program, hopper.spec, { rows: 2, gamma: 0.99 }).score(columns)).toEqual([])
  return Array.from(columns.reward)
}

describe('a file in any folder', () => {
  test('imports the library by its name', async () => {
    const loaded = await loadProgram(write('plain.ts', text('plain', 's.torsoVelocity.x as number')))
    expect(loaded).toMatchObject({
      file: join(folder, 'plain.ts'),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(loaded.source).toContain('as number')
    expect(loaded.program).toMatchObject({ name: 'plain', env: 'hopper' })
    expect(new Set(await rewards(loaded)).size).toBeGreaterThan(10)
  })

  test('or by the name of its pure part, from JavaScript too, with any line ends', async () => {
    const source = text('pure', 's.torsoVelocity.x').replace("'carrot-rl'", '"carrot-rl/reward"')
    const loaded = await loadProgram(write('pure.mjs', source.replaceAll('\n', '\r\n')))
    expect(loaded.program.name).toBe('pure')
    expect(loaded.module).toContain('from "carrot-rl"')
  })

  test('imports files of its own, which import the library and each other', async () => {
    write('parts/limits.ts', 'export const LIMIT: number = 0.5\n')
    write(
      'parts/soft.ts',
      `import { clamp } from 'carrot-rl'
import { LIMIT } from './limits.ts'
export * from './limits.ts'
export const soft = (x: number): number => clamp(x, -LIMIT, LIMIT)
`,
    )
    const file = write(
      'whole.ts',
      text(
        'whole',
        'soft(s.torsoVelocity.x) / LIMIT',
        "import {\n  LIMIT,\n  soft,\n} from './parts/soft.ts'",
      ),
    )
    const loaded = await loadProgram(file)
    const plain = await loadProgram(
      write('same.ts', text('same', 'Math.min(0.5, Math.max(-0.5, s.torsoVelocity.x)) / 0.5')),
    )
    expect(await rewards(loaded)).toEqual(await rewards(plain))
    // Another text in a part is another program.
    write('parts/limits.ts', 'export const LIMIT: number = 0.25\n')
    const changed = await loadProgram(file)
    expect(changed.hash).not.toBe(loaded.hash)
    expect(await rewards(changed)).not.toEqual(await rewards(loaded))
    // What a run stores of it is whole, and loads wherever it is put.
    const stored = await loadProgram(write('elsewhere/stored.js', programModule(changed)))
    expect(await rewards(stored)).toEqual(await rewards(changed))
  })

  test('is not fooled by what only looks like code', async () => {
    const above = `// import { readFileSync } from 'fs'
/* let n = 0 */
const quoted = "import('fs'); let m = 1 // no comment"
const lines = \`
import 'fs'
let n = \${((o: { a: number }) => { let inner = o.a; return inner })({ a: 1 })}
\`
const pattern = /['"\`]|[/{]|import\\(/
const from = { import: 1, let: 2 }
`
    const value = 'quoted.length + lines.length + (pattern.test("\'") ? 1 / from.let / 2 : 0)'
    const loaded = await loadProgram(write('quotes.ts', text('quotes', value, above)))
    const [first] = await rewards(loaded)
    const [quoted, lines] = [`import('fs'); let m = 1 // no comment`, "\nimport 'fs'\nlet n = 1\n"]
    expect(first).toBe(quoted.length + lines.length + 0.25)
  })
})

describe('a broken file', () => {
  test.each<[string, string, RegExp, RegExp, number | undefined, number | undefined]>([
    [
      'a syntax error',
      text('broken', 's.torsoVelocity.x + '),
      /^broken\.ts is not valid TypeScript: Expression expected\.$/,
      /Correct it/,
      7,
      64,
    ],
    [
      'an enum',
      text('broken', '1', 'enum Gait { Hop }'),
      /^broken\.ts is not valid TypeScript: TypeScript enum is not supported/,
      /no enum/,
      2,
      1,
    ],
    [
      'no default export',
      'export const x = 1\n',
      /has no default export/,
      /End it with: export default/,
      1,
      1,
    ],
    [
      'a default export that is something else',
      'const n = 1\n\nexport default { name: "n" }\n',
      /exports something else than a program/,
      /export default defineReward/,
      3,
      8,
    ],
    [
      'a module of Node',
      text('broken', '1', "import { readFileSync } from 'node:fs'"),
      /^A reward program cannot import 'node:fs'\.$/,
      /'carrot-rl' and files of its own only/,
      2,
      31,
    ],
    [
      'a package, under a name in quotes',
      text('broken', '1', 'import { "default" as zod } from "zod"'),
      /^A reward program cannot import 'zod'\.$/,
      /also runs in the page/,
      2,
      35,
    ],
    [
      'an import while it runs',
      text('broken', '1', "const fs = await import('node:fs')"),
      /imports at the top of the file only/,
      /Write import/,
      2,
      18,
    ],
    [
      'a file that is not there',
      text('broken', '1', "import { x } from './nowhere.ts'"),
      /^There is no file .*nowhere\.ts to import\.$/,
      /Check the path/,
      2,
      20,
    ],
    [
      'a file without its ending',
      text('broken', '1', "import { x } from './plain'"),
      /^There is no file .*plain to import\.$/,
      /Write the ending too: '\.\/plain\.ts'/,
      2,
      20,
    ],
    [
      'a name that the library does not have',
      text('broken', 'clam(1)', "import { clam } from 'carrot-rl'"),
      /^broken\.ts imports 'clam', which is not there\.$/,
      /Did you mean 'clamp'\?/,
      2,
      10,
    ],
    [
      'a type that is imported as a value',
      text('broken', '1', "import { State } from 'carrot-rl'"),
      /imports 'State', which is not there/,
      /import \{ type State \} from 'carrot-rl'/,
      2,
      10,
    ],
    [
      'what is for Node, not for programs',
      text('broken', '1', "import { startTraining } from 'carrot-rl'"),
      /imports 'startTraining', which is not there/,
      /'carrot-rl' offers .*defineReward/,
      2,
      10,
    ],
    [
      'an exception while it is loaded',
      text('broken', '1', 'const limit = undefined\nlimit.max()'),
      /^broken\.ts failed while it was loaded: .*undefined/,
      /does nothing when it is loaded/,
      3,
      7,
    ],
    [
      'a mistake in a term',
      text('broken', '1').replace('weight: 1', 'weigth: 1'),
      /^Term 'only' of broken has 'weigth'/,
      /Did you mean 'weight'\?/,
      7,
      12,
    ],
    [
      'a variable at the top, which would be shared',
      text('broken', 'count++', 'let count = 0'),
      /keeps no variable outside its terms/,
      /memory: \{ count: 1 \}/,
      2,
      1,
    ],
    [
      'a variable that is exported',
      text('broken', 'count++', 'const a = { b: [1] }\nexport var count = 0'),
      /keeps no variable outside its terms/,
      /Write const/,
      3,
      8,
    ],
  ])('with %s', async (_, source, message, hint, line, column) => {
    const fault = await faultOf(write('broken.ts', source))
    expect(fault.code).toBe('bad-reward')
    expect(fault.message).toMatch(message)
    expect(fault.hint).toMatch(hint)
    expect(fault.at).toEqual({ file: join(folder, 'broken.ts'), line, column })
  })

  test('that imports itself over another', async () => {
    write('ring.ts', "export * from './broken.ts'\n")
    const { message } = await faultOf(write('broken.ts', text('broken', '1', "export * from './ring.ts'")))
    expect(message).toBe('broken.ts imports ring.ts imports broken.ts: a circle.')
  })

  test('whose part is broken: the place is in the part', async () => {
    const part = write('part.ts', '\nexport const x = ]\n')
    const { at } = await faultOf(write('broken.ts', text('broken', '1', "import { x } from './part.ts'")))
    expect(at).toEqual({ file: part, line: 2, column: 18 })
  })

  test('that is none, or cannot be one', async () => {
    expect((await faultOf(join(folder, 'nowhere.ts'))).message).toMatch(/^There is no file /)
    expect((await faultOf(`${folder}/parts/`)).message).toMatch(/is not a file/)
    expect((await faultOf(write('program.py', 'print(1)'))).hint).toBe('Give a .ts or .js file.')
  })

  test('with several mistakes tells all of them, each with its place', async () => {
    const source = text('broken', '1').replace("'m/s'", "'mph'").replace('weight: 1', 'weigth: 1')
    const fault = await faultOf(write('broken.ts', source))
    expect([fault, ...fault.also].map(({ at }) => [at?.line, at?.column])).toEqual([
      [6, 12],
      [7, 12],
    ])
  })
})

describe('with an environment', () => {
  test('what it does not give is told with its place and the nearest name', async () => {
    const file = write(
      'unfit.ts',
      text('unfit', '1').replace(
        "torsoVelocity: vec3('m/s', 'world')",
        "torsoVelocty: vec3('m/s'), healthy: vec3('m')",
      ),
    )
    await expect(loadProgram(file, hopper.spec)).rejects.toMatchObject({
      code: 'bad-signal',
      message: "unfit cannot read 'torsoVelocty' from env 'hopper'.",
      hint: 'It offers torsoVelocity [m/s (world) ×3]. Did you mean that?',
      at: { file, line: 6, column: 12 },
    })
    const all = misfits(await loadProgram(file), hopper.spec)
    expect(all.map(({ at }) => at?.column)).toEqual([12, 39])
    expect(all[1].message).toBe("unfit reads healthy as m ×3; 'hopper' gives it as bool.")
  })
})

describe('built-in programs', () => {
  test('load by id; the nearest is named', async () => {
    const { program, file } = await loadProgram('hopper-high')
    expect(program).toBe(programs.find(({ name }) => name === 'hopper-high'))
    expect(file).toBeUndefined()
    await expect(loadProgram('hoper-high')).rejects.toMatchObject({
      code: 'unknown-name',
      hint: expect.stringMatching(/^Did you mean 'hopper-high'\?.*\.\/hoper-high\.ts/),
    })
  })

  test.each(programs.map(program => [program.name, program.env as string]))(
    'the source of %s is a file as a user would write it',
    async (id, env) => {
      const built = await loadProgram(id)
      const { spec } = envById(env)
      const own = await loadProgram(write(`${id}.ts`, built.source), spec)
      expect(own.hash).toBe(built.hash)
      const columns = await playRandomly(envById(env), { rows: 1, steps: 40, seed: 1 })
      const again = { ...columns, terms: new Float64Array(0), reward: new Float64Array(columns.T) }
      bindReward(built.program, spec, { rows: 1, gamma: 0.9 }).score(columns)
      bindReward(own.program, spec, { rows: 1, gamma: 0.9 }).score(again)
      expect(again.reward).toEqual(columns.reward)
    },
  )
})

test('a built-in program loads by its path, and a copy of its file says what to change', async () => {
  const path = join(root, 'rewards/programs/hopperHigh.ts')
  const { hash, source, module } = await loadProgram('hopper-high')
  expect(await loadProgram(path, hopper.spec)).toMatchObject({ hash, source, module, file: path })
  const copy = await faultOf(write('copied/hopperHigh.ts', readFileSync(path, 'utf8')))
  expect(copy.hint).toBe("In a copy of a built-in program, write 'carrot-rl'.")
  expect(copy.at?.line).toBe(1)
})

test('the module for the page imports the library alone, and is the same program', async () => {
  write('parts/limits.ts', 'export const LIMIT: number = 0.5\n')
  const file = write(
    'paged.ts',
    text(
      'paged',
      'clamp(s.torsoVelocity.x, -LIMIT, LIMIT)',
      "import { clamp } from 'carrot-rl'\nimport { LIMIT } from './parts/limits.ts'",
    ),
  )
  const loaded = await loadProgram(file)
  const module = programModule(loaded)
  const imports = [...module.matchAll(/\bfrom\s+'([^']+)'/g)].map(match => match[1])
  expect(imports.filter(specifier => !specifier.startsWith('data:text/javascript'))).toEqual([
    'carrot-rl',
    'carrot-rl',
  ])
  expect(module).not.toContain(folder)

  // Imported as it stands by a Node that knows nothing of the loader, from a folder where carrot-rl is installed.
  const page = write('page/module.mjs', module)
  mkdirSync(join(folder, 'page/node_modules'))
  symlinkSync(root, join(folder, 'page/node_modules/carrot-rl'), 'junction')
  const columns = await playRandomly(hopper, { rows: 1, steps: 30, seed: 4 })
  const script = `import program from ${JSON.stringify(pathToFileURL(page).href)}
import { bindReward, envById } from 'carrot-rl'
const { spec } = envById('hopper')
const T = 30
const columns = {
  T, N: 1, signals: Float64Array.from(${JSON.stringify(Array.from(columns.signals))}),
  applied: new Float64Array(T * 3), terminated: new Uint8Array(T), truncated: new Uint8Array(T),
  valid: Uint8Array.from(${JSON.stringify(Array.from(columns.valid))}),
  stepInEpisode: Int32Array.from(${JSON.stringify(Array.from(columns.stepInEpisode))}), episode: new Int32Array(T + 1),
  labels: new Map(), terms: new Float64Array(0), reward: new Float64Array(T), success: new Uint8Array(T),
}
bindReward(program, spec, { rows: 1, gamma: 0.99 }).score(columns)
console.log(JSON.stringify({ name: program.name, reward: Array.from(columns.reward) }))
`
  const args = ['--conditions=carrot-source', write('page/run.mjs', script)]
  const printed = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  bindReward(loaded.program, hopper.spec, { rows: 1, gamma: 0.99 }).score(columns)
  expect(printed).toEqual({ name: 'paged', reward: Array.from(columns.reward) })
})

describe('a watched file', () => {
  type Seen = LoadedProgram | Error
  /** Watches, and hands out what comes, one by one. */
  function watching(file: string, options = {}) {
    const seen: Seen[] = []
    let wake = () => {}
    const take = (value: Seen) => {
      seen.push(value)
      wake()
    }
    const watcher = watchProgram(file, take, take, options)
    onTestFinished(() => watcher[Symbol.dispose]())
    return async (): Promise<Seen> => {
      while (seen.length === 0) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      return seen.shift() as Seen
    }
  }
  const nameOf = (seen: Seen) => ('program' in seen ? seen.program.name : seen.message)

  test('gives each working version, and the error of a broken one', async () => {
    const file = write('watched.ts', text('one', '1'))
    const { hash } = await loadProgram(file)
    const next = watching(file, { known: hash })
    write('watched.ts', text('two', '2'))
    expect(nameOf(await next())).toBe('two')
    write('watched.ts', text('two', '2 +'))
    expect(nameOf(await next())).toMatch(/^watched\.ts is not valid TypeScript/)
    write('watched.ts', text('three', '3'))
    expect(nameOf(await next())).toBe('three')
    rmSync(file)
    expect(nameOf(await next())).toMatch(/^There is no file/)
    write('watched.ts', text('four', '4'))
    expect(nameOf(await next())).toBe('four')
  })

  test('that is saved as it was is no other version', async () => {
    const source = text('same', '1')
    const file = write('untouched.ts', source)
    const { hash } = await loadProgram(file)
    const next = watching(file, { known: hash })
    write('untouched.ts', source)
    // Watchers look five times a second; what they make of this comes before the next save is read.
    await new Promise(resolve => setTimeout(resolve, 600))
    write('untouched.ts', text('other', '1'))
    expect(nameOf(await next())).toBe('other')
  })

  test('is read again when a part of it changes', async () => {
    write('share.ts', 'export const K = 1\n')
    const file = write('sharing.ts', text('sharing', 'K', "import { K } from './share.ts'"))
    const first = await loadProgram(file)
    const next = watching(file, { known: first.hash })
    // It watches the parts once it has read the file.
    await new Promise(resolve => setTimeout(resolve, 300))
    write('share.ts', 'export const K = 2\n')
    const changed = await next()
    expect(changed).toMatchObject({ file, source: first.source })
    expect(new Set(await rewards(changed as LoadedProgram))).toContain(2)
  })

  test('whose new version does not fit the environment is an error', async () => {
    const file = write('fitting.ts', text('fitting', '1'))
    const { hash } = await loadProgram(file)
    const next = watching(file, { known: hash, spec: hopper.spec })
    write('fitting.ts', text('fitting', '1').replace('torsoVelocity:', 'torsoVelocty:'))
    expect(nameOf(await next())).toBe("fitting cannot read 'torsoVelocty' from env 'hopper'.")
  })
})
