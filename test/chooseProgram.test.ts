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

test('of two things asked for, the program does one, and the other is named', async () => {
  const { loaded, notes } = await choose('ant', 'lie on your back and wave your legs')
  expect(loaded.program.name).toBe('ant-lie-on-back')
  expect(notes[0]).toMatch(/Next would be ant-wave-leg \(0\.\d\d\)/)
  expect(notes[1]).toBe('Nothing in ant-lie-on-back answers to "wave your legs".')
})

test('a refusal names the nearest, and what is missing there', async () => {
  await expect(choose('ant', 'turn over and kick the ball')).rejects.toMatchObject({
    code: 'unknown-name',
    message: expect.stringMatching(
      /\(the nearest, ant-[a-z-]+, has similarity 0\.\d\d of 1 and answers nothing to .*"ball"\)/,
    ),
    hint: expect.stringContaining('ant-wave-leg'),
  })
})
