/** The hazards of the bindings, one by one. */
import { expect, test } from 'vitest'
import { CarrotError } from '../../src/core/errors.ts'
import { readAsset } from '../../src/sim/asset.ts'
import { compileModel, loadMujoco } from '../../src/sim/mujoco.ts'
import { ModelNames } from '../../src/sim/views.ts'
import { BALL, modelOf } from './model.ts'

test('MuJoCo is loaded once', async () => {
  const [a, b] = await Promise.all([loadMujoco(), loadMujoco()])
  expect(a).toBe(b)
  expect(a.bindings.mj_versionString()).toBe('3.14.0')
})

test('arrays of booleans can be read', async () => {
  const mujoco = await loadMujoco()
  const model = compileModel(mujoco, modelOf(BALL))
  expect(Array.from(model.actuator_ctrllimited)).toEqual([1])
  expect(Array.from(model.jnt_limited)).toEqual([0])
  // The same bytes as the accessor of one element, which was never broken.
  const one = model.actuator(0)
  expect(one.ctrllimited).toBe(true)
  one.delete()
  model.delete()
})

test('a malformed model is refused with its line and the words of MuJoCo', async () => {
  const mujoco = await loadMujoco()
  const attempt = (xml: string): CarrotError => {
    try {
      compileModel(mujoco, modelOf(xml))
    } catch (error) {
      if (error instanceof CarrotError) return error
    }
    throw new Error('It compiled.')
  }
  const misspelt = attempt(BALL.replace('<geom name="ball" size', '<geom name="ball" siz'))
  expect(misspelt.code).toBe('bad-model')
  expect(misspelt.message).toMatch(/unrecognized attribute: 'siz'/)
  expect(misspelt.at).toEqual({
    file: 'ball.xml',
    line: BALL.split('\n').findIndex(l => l.includes('"ball" size')) + 1,
  })
  const cut = attempt(BALL.slice(0, 300))
  expect(cut.code).toBe('bad-model')
  expect(cut.at?.file).toBe('ball.xml')
  expect(attempt('').code).toBe('bad-model')
  expect(attempt(BALL.replace('joint="slide"', 'joint="slid"')).message).toMatch(/slid/)
})

test('names are found, and the nearest is told', async () => {
  const mujoco = await loadMujoco()
  const model = compileModel(mujoco, modelOf(BALL))
  const names = new ModelNames(model)
  expect(names.lists.body).toEqual(['world', 'ball'])
  expect(names.geom('ball')).toBe(2)
  expect(names.site('top')).toBe(0)
  expect(() => names.joint('slid')).toThrow(
    expect.objectContaining({ code: 'bad-model', hint: "Did you mean 'slide'?" }),
  )
  model.delete()
})

test('a file that is not there is named', async () => {
  await expect(readAsset(new URL('./nothing.xml', import.meta.url))).rejects.toThrow(
    expect.objectContaining({
      code: 'bad-file',
      message: expect.stringMatching(/nothing\.xml cannot be read/),
    }),
  )
})
