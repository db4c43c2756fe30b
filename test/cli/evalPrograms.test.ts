/** `carrot eval programs` on results that are there: its table and its object. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProgram } from '../../src/loadProgram.ts'
import { programsOutput } from '../../src/protocol/cli.ts'
import { json } from './carrot.ts'

test('eval programs compares what was kept, without doing it again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'carrot-eval-'))
  const digits = async (name: string) => (await loadProgram(name)).hash.slice(0, 12)
  const lines = [
    'task,env,kind,algorithm,seed,steps,hash,success,stepsToLearned',
    `button-press,button-press,library,ppo,1,1000,${await digits('button-press')},0.5,`,
    `button-press,button-press,expert,ppo,1,1000,${await digits('button-press-expert')},1,800`,
  ]
  const text = `${lines.join('\n')}\n`
  writeFileSync(join(folder, 'programs.csv'), text)
  const flags = ['--task', 'button-press', '--steps', '1000', '--out', folder]
  const { comparisons } = await json(programsOutput, 'eval', 'programs', ...flags)
  expect(comparisons).toMatchObject([{ program: 'button-press', verdict: 'worse', flagged: true }])
  expect(readFileSync(join(folder, 'programs.csv'), 'utf8')).toBe(text)
  rmSync(folder, { recursive: true })
})
