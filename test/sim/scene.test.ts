/** What is drawn of a model. */
import { expect, test } from 'vitest'
import { floatsOf, fromBase64, indicesOf } from '../../src/core/base64.ts'
import { compileModel, loadMujoco } from '../../src/sim/mujoco.ts'
import { sceneOf } from '../../src/sim/scene.ts'
import { BALL, modelOf } from './model.ts'

async function scene(xml: string) {
  const mujoco = await loadMujoco()
  const model = compileModel(mujoco, modelOf(xml))
  try {
    return sceneOf(mujoco, model)
  } finally {
    model.delete()
  }
}

test('geoms keep shape, place and colour', async () => {
  const { bodies, geoms } = await scene(BALL)
  expect(bodies).toEqual(['world', 'ball'])
  const [floor, box, ball] = geoms
  expect(floor).toMatchObject({ name: 'floor', type: 'plane', body: 0, size: [0, 0, 1], rgba: [1, 0, 0, 1] })
  expect(floor.checker).toEqual([0, 0, 1, 1])
  expect(box).toMatchObject({
    type: 'box',
    size: [0.1, 0.2, 0.3],
    position: [3, 0, 0.3],
    rgba: [0, 1, 0, 0.5],
  })
  expect(box.checker).toBeUndefined()
  expect(ball).toMatchObject({ type: 'sphere', body: 1, position: [0, 0, 0], quaternion: [1, 0, 0, 0] })
  expect(ball.rgba).toEqual([0.5, 0.25, 0.75, 1])
  // Plain data: it goes to the page as JSON.
  expect(JSON.parse(JSON.stringify(geoms))).toEqual(geoms)
})

test('cameras stand still or follow, and look at what they stand before', async () => {
  const { cameras } = await scene(BALL)
  const [still, follow] = cameras
  expect(still).toMatchObject({ name: 'still', mode: 'fixed', body: 0, position: [0, -4, 1] })
  expect(still.fov).toBeCloseTo(Math.PI / 3, 12)
  expect(follow).toMatchObject({ name: 'follow', mode: 'track', body: 1 })
  // The ball stands at (1, 0, 0.5).
  follow.position.forEach((x, i) => {
    expect(x).toBeCloseTo([1, -2, 0.8][i], 12)
  })
  follow.target.forEach((x, i) => {
    expect(x).toBeCloseTo([1, 0, 0.8][i], 12)
  })
})

test('what has no name gets one, and a height field becomes triangles', async () => {
  const nameless = await scene(BALL.replace('name="box"', '').replace('<body name="ball"', '<body'))
  expect(nameless.bodies[1]).toBe('body1')
  expect(nameless.geoms[1].name).toBe('geom1')
  const field = await scene(
    BALL.replace(
      '<asset>',
      '<asset><hfield name="hills" nrow="3" ncol="4" size="1 1 1 1" elevation="0 0 0 0 0 1 0 0 0 0 0 0"/>',
    ).replace(
      '<geom name="box" type="box" size="0.1 0.2 0.3"',
      '<geom name="hills" type="hfield" hfield="hills"',
    ),
  )
  const [, hills] = field.geoms
  expect(hills).toMatchObject({ name: 'hills', type: 'mesh', mesh: 0 })
  const [mesh] = field.meshes ?? []
  // Two triangles for each of 2 × 3 cells, and two for each of the ten stretches of wall.
  expect(indicesOf(mesh.faces).length / 3).toBe(2 * 6 + 2 * 10)
  expect(Math.max(...floatsOf(mesh.vertices))).toBe(1)
})

test('what the viewer of MuJoCo hides is left out, and sites are there', async () => {
  const { geoms } = await scene(
    BALL.replace(
      '</worldbody>',
      `<geom name="hull" size="1" group="3"/><geom name="ghost" size="1" rgba="1 1 1 0"/>
       <site name="goal" pos="1 2 3" rgba="0 1 0 0.4"/></worldbody>`,
    ),
  )
  expect(geoms.map(({ name }) => name)).toEqual(['floor', 'box', 'ball', 'goal', 'top'])
  expect(geoms[3]).toMatchObject({
    type: 'sphere',
    position: [1, 2, 3],
    rgba: [0, 1, 0, expect.closeTo(0.4)],
  })
})

test('textures lie as texrepeat and texuniform say, and tint', async () => {
  const textured = (attributes: string) =>
    scene(
      BALL.replace('width="8" height="8"', 'width="8" height="8" mark="edge"').replace(
        'texture="squares"/>',
        `texture="squares" ${attributes}/>`,
      ),
    )
  const even = await textured('texrepeat="4 2" texuniform="true"')
  expect(even.geoms[0].texture).toEqual({ texture: 0, scale: [2, 1, 1] })
  expect(even.textures).toMatchObject([{ kind: 'flat', width: 8, height: 8 }])
  expect(fromBase64(even.textures?.[0].pixels ?? '')).toHaveLength(3 * 8 * 8)
  // Without, over the size the floor has in the model: 10 m.
  expect((await textured('texrepeat="4 2"')).geoms[0].texture?.scale).toEqual([0.4, 0.2, 1])
  const squares = await scene(
    BALL.replace('texture="squares"/>', 'texture="squares" texrepeat="1 1" texuniform="true"/>'),
  )
  expect(squares.geoms[0].squares).toEqual([1, 1])
})

test('a cube of one square has it on all six faces', async () => {
  const { geoms, textures } = await scene(
    BALL.replace(
      '<asset>',
      `<asset><texture name="side" type="cube" builtin="gradient" width="8" height="8" rgb1="1 0 0" rgb2="0 0 1"/>
       <material name="side" texture="side"/>`,
    ).replace('name="box" type="box"', 'name="box" material="side" type="box"'),
  )
  expect(geoms[1].texture?.scale).toEqual([10, 5, expect.closeTo(1 / 0.3)])
  expect(textures).toMatchObject([{ kind: 'cube', width: 8, height: 8 }])
  expect(fromBase64(textures?.[0].pixels ?? '')).toHaveLength(6 * 3 * 8 * 8)
})

test('sun and sky are those of the model', async () => {
  const plain = await scene(BALL)
  expect([plain.sun, plain.sky]).toEqual([undefined, undefined])
  const lit = await scene(
    BALL.replace(
      '<asset>',
      '<asset><texture type="skybox" builtin="gradient" width="32" height="32" rgb1="0 0 1" rgb2="1 1 1"/>',
    ).replace('<worldbody>', '<worldbody><light directional="true" dir="0 3 -4"/>'),
  )
  expect(lit.sun).toEqual([0, expect.closeTo(0.6), expect.closeTo(-0.8)])
  const sky = lit.sky ?? []
  // Blue above, white at the horizon and below or the other way: MuJoCo's gradient runs from top to bottom.
  expect(sky.at(-1)?.[0]).toBeLessThan(0.1)
  expect(sky[0][0]).toBeGreaterThan(0.9)
  expect(sky.every(([, , blue]) => blue > 0.98)).toBe(true)
})
