/** The process that meets untrusted programs first, and the command that starts it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { checkOutput } from '../../src/protocol/cli.ts'
import { vet } from '../../src/sandbox/index.ts'
import { parse, start } from '../cli/carrot.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-vet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { spec } = envById('hopper')
const text = (value: string, above = '') => `import { defineReward, flag, sumSquares } from 'carrot-rl'
${above}
export default defineReward({
  name: 'vetted',
  reads: { healthy: flag() },
  terms: { evil: { weight: 1, value: ${value} } },
})
`

test('an honest program is loaded without functions', async () => {
  const vetted = await vet(text('(s: { healthy: number }) => s.healthy'), spec)
  if (!vetted.ok) throw new Error(vetted.reason)
  expect(vetted.loaded).toMatchObject({ untrusted: true, program: { name: 'vetted' } })
  expect(() => vetted.loaded.program.terms[0].formula?.(undefined as never, undefined as never)).toThrow(
    /outside of it/,
  )
  expect(vetted.figures.terms).toMatchObject([{ name: 'evil', min: 0, max: 1 }])
})

test('a mistake has its line and column, and all are told', async () => {
  const vetted = await vet(text('s => s.helthy'), spec)
  expect(vetted).toMatchObject({
    ok: false,
    kind: 'signals',
    errors: [{ at: { file: 'program.ts', line: 6, column: 45 } }],
  })
  const two = await vet(text('s => process.pid', 'const now = Date.now()'), spec)
  expect(two).toMatchObject({ ok: false, errors: [{ kind: 'impure' }, { kind: 'escape' }] })
})

test('it chooses no numbers of its environment, and no files outside of its folder', async () => {
  const bold = text('s => s.healthy').replace(
    'reads:',
    "env: 'hopper', envOptions: { frameSkip: 1e6, terminateWhenUnhealthy: false }, reads:",
  )
  expect(await vet(bold, spec)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^It sets frameSkip/),
  })
  const file = join(folder, 'outward.ts')
  writeFileSync(file, text('s => s.healthy', "import { x } from '../elsewhere.ts'"))
  expect(await vet({ name: file }, spec)).toMatchObject({
    ok: false,
    kind: 'import',
    reason: expect.stringMatching(/outside of its own folder.*beside it/),
  })
  const beside = join(folder, 'beside.ts')
  writeFileSync(join(folder, 'half.ts'), 'export const half = (x: number): number => x / 2\n')
  writeFileSync(beside, text('s => half(s.healthy)', "import { half } from './half.ts'"))
  expect((await vet({ name: beside }, spec)).ok).toBe(true)
})

describe('what no step counter sees is ended from outside', () => {
  test('a library function over an endless list', async () => {
    const began = performance.now()
    const vetted = await vet(text('s => sumSquares({ length: 1e15 })'), spec, { timeout: 4000 })
    expect(vetted).toMatchObject({ ok: false, kind: 'hang' })
    expect(performance.now() - began).toBeLessThan(9000)
  })

  test('brackets that the parser drowns in', async () => {
    expect(await vet('('.repeat(150_000), spec)).toMatchObject({ ok: false })
  })
})

test.each([
  ['a loop', text('s => { for (;;); }'), 'hang', 6],
  ['a bomb', text('s => 1', 'const a = new Array(4e8).fill(1.5)'), 'hang', 2],
  ['an escape', text("s => (() => 0).constructor('return process')().exit()"), 'escape', 6],
])('carrot check --untrusted refuses %s', async (_, program, kind, line) => {
  const file = join(folder, `${kind}${line}.ts`)
  writeFileSync(file, program)
  const { code, stdout } = await start('check', file, '--env', 'hopper', '--untrusted', '--json').ended
  expect(code).toBe(1)
  const report = parse(checkOutput, stdout)
  expect(report).toMatchObject({ ok: false, errors: [{ kind, line }] })
})
