import { describe, expect, test } from 'vitest'
import { matchText, programs } from '../../rewards/index.ts'
import { freshParaphrases, freshUnrelated } from './freshParaphrases.ts'
import { laterParaphrases, laterUnrelated } from './laterTexts.ts'
import { heldOut, paraphrases, unrelated, unrelatedHeldOut } from './paraphrases.ts'

const answer = (text: string, env?: string) => {
  const match = matchText(text, programs, env)
  return match.refused ? 'refused' : match.program.name
}

describe('text finds the program', () => {
  test('the first sentence a user meets', () => {
    const match = matchText('hop forward as fast as you can', programs, 'hopper')
    expect(match).toMatchObject({ refused: false, program: { name: 'hopper-forward' } })
    expect(match.similarity).toBeGreaterThan(0.9)
    expect(match.runnersUp.map(({ program }) => program.name)).toEqual([
      'hopper-front-flip',
      'hopper-high',
      'hopper-backward',
      'hopper-back-flip',
    ])
  })

  test.each([
    ['that were held out', heldOut],
    ['that it was made with', paraphrases],
    ['that were held out when the skills came', freshParaphrases],
    ['that came later', laterParaphrases],
  ])('at least 80 % of the paraphrases %s', (_, list) => {
    const wrong = list.filter(
      ([text, env, program]) => ![program].flat().includes(answer(text, env || undefined)),
    )
    expect(1 - wrong.length / list.length, wrong.join('\n')).toBeGreaterThanOrEqual(0.8)
  })

  test('and refuses at least 80 % of unrelated texts that came later', () => {
    const envs = [undefined, ...new Set(programs.map(program => program.env))]
    const accepted = laterUnrelated.filter(text => envs.some(env => answer(text, env) !== 'refused'))
    expect(1 - accepted.length / laterUnrelated.length, accepted.join('\n')).toBeGreaterThanOrEqual(0.8)
  })

  test.each([...unrelated, ...unrelatedHeldOut, ...freshUnrelated])(
    'refuses %j, whatever the environment',
    text => {
      const envs = [undefined, ...new Set(programs.map(program => program.env))]
      expect(envs.map(env => answer(text, env))).toEqual(envs.map(() => 'refused'))
    },
  )

  test.each(programs.map(program => [program.name, program] as const))(
    '%s is found by its own words',
    (_, program) => {
      for (const text of [program.about, ...program.phrases])
        expect(answer(text, program.env)).toBe(program.name)
    },
  )

  test('what nothing in the program answers is told, in the words of the text', () => {
    const uncovered = (text: string, env: string) => {
      const match = matchText(text, programs, env)
      return match.refused ? match.runnersUp[0].uncovered : match.uncovered
    }
    expect(uncovered('hop forward as fast as you can', 'hopper')).toEqual([])
    expect(uncovered('hop forward on purple stilts', 'hopper')).toEqual(['purple', 'stilts'])
    expect(uncovered('lie on your back and wave your legs', 'ant')).toEqual(['wave your legs'])
    expect(uncovered('push the chair to the target without knocking it over', 'push-chair')).toEqual([
      'knocking',
    ])
  })

  test('of two programs for one robot, each is found by what only it does', () => {
    expect(answer('flip forward', 'hopper')).toBe('hopper-front-flip')
    expect(answer('flip backward', 'hopper')).toBe('hopper-back-flip')
    expect(answer('lie down', 'ant')).toBe('ant-lie-down')
    expect(answer('lie down on your back', 'ant')).toBe('ant-lie-on-back')
    expect(answer('stand on three legs and wave the other', 'ant')).toBe('ant-wave-leg')
  })

  test.each([
    ['lie on your back and wave your legs', 'ant', ['ant-lie-on-back', 'ant-wave-leg']],
    ['lie flat on your belly and wave one leg', 'ant', ['ant-lie-down', 'ant-wave-leg']],
    ['walk forward, then lie down', 'ant', ['ant-forward', 'ant-lie-down']],
    ['spin in place and wave a leg', 'ant', ['ant-spin', 'ant-wave-leg']],
    ['jump as high as you can, then flip backward', 'hopper', ['hopper-high', 'hopper-back-flip']],
    ['kneel and raise your arms', 'humanoid-pose', ['pose-kneeling', 'pose-arms-raised']],
    ['close the window and lie down', 'window-close', ['window-close']],
    ['the ant walks ahead and then waves a leg', '', ['ant-forward', 'ant-wave-leg']],
  ])('of two things asked for in %j, one is found', (text, env, either) => {
    expect(either).toContain(answer(text, env || undefined))
  })

  test.each([
    'chop the onions and fry them',
    'turn the page and read on',
    'sit down and write an essay',
    'press play and dim the lights',
    'lie about your age and get away with it',
    'sweep the porch, then rake the leaves',
    'pick a card, any card',
  ])('of two things that no program does, as in %j, none is found', text => {
    for (const env of [undefined, ...new Set(programs.map(program => program.env))])
      expect(answer(text, env)).toBe('refused')
  })

  test('a robot named in the text is the one of the program', () => {
    expect(answer('a humanoid robot kneeling')).toBe('pose-kneeling')
    expect(answer('a humanoid standing on one leg')).toBe('pose-one-leg')
  })

  test('denials turn the meaning around', () => {
    expect(answer('do not run backward, run forward', 'half-cheetah')).toBe('cheetah-forward')
    expect(answer('hop without moving forward', 'hopper')).toBe('hopper-high')
  })

  test('a slip of the finger is forgiven', () => {
    expect(answer('hop bakcward', 'hopper')).toBe('hopper-backward')
    expect(answer('run forwad', 'half-cheetah')).toBe('cheetah-forward')
  })

  test('the answer is the same every time, with every program ranked', () => {
    const match = matchText('jump')
    expect(matchText('jump')).toEqual(match)
    expect(match.runnersUp).toHaveLength(programs.length - (match.refused ? 0 : 1))
  })
})
