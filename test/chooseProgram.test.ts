/** What a user is told of the program that their text was answered with. */
import { expect, test } from 'vitest'
import { chooseProgram } from '../src/chooseProgram.ts'
import { loadEnv } from '../src/loadEnv.ts'

const choose = async (env: string, text: string) => chooseProgram({ text }, await loadEnv({ env }))

test('which it is, how near it comes, and what it does not answer', async () => {
  const { loaded, notes } = await choose('hopper', 'hop forward on purple stilts')
  expect(loaded.program.name).toBe('hopper-forward')
  expect(notes[0]).toMatch(/hopper-forward \(similarity 0\.\d\d of 1\).*Next would be hopper-front-flip/)
  expect(notes[1]).toBe('Nothing in hopper-forward answers to "purple", "stilts".')
  expect(notes[2]).toMatch(/--via llm .*--via vlm/)
})

test('nothing is said to be missing when nothing is', async () => {
  const { notes } = await choose('ant', 'lie down')
  expect(notes.join(' ')).not.toContain('Nothing in')
})

test('a refusal names the nearest, and what is missing there', async () => {
  await expect(choose('ant', 'lie on your back and wave your legs')).rejects.toMatchObject({
    code: 'unknown-name',
    message: expect.stringMatching(
      /\(the nearest, ant-lie-on-back, has similarity 0\.\d\d of 1 and answers nothing to "wave your legs"\)/,
    ),
    hint: expect.stringContaining('ant-wave-leg'),
  })
})
