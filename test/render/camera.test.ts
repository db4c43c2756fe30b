/** Where cameras are in a pose: as MuJoCo places them. */
import { expect, test } from 'vitest'
import { viewOf } from '../../src/render/camera.ts'
import { compileModel, loadMujoco } from '../../src/sim/mujoco.ts'
import { sceneOf } from '../../src/sim/scene.ts'
import { modelOf } from '../sim/model.ts'

const CAMERAS = `<mujoco>
  <worldbody>
    <camera name="still" pos="0 -4 1" xyaxes="1 0 0 0 0 1"/>
    <camera name="watch" mode="targetbody" target="arm" pos="3 -3 2"/>
    <body name="arm" pos="1 0 0.5" euler="0 0 30">
      <freejoint/>
      <geom size="0.1 0.2 0.3" type="box"/>
      <camera name="follow" mode="track" pos="0 -2 0.3" xyaxes="1 0 0 0 0 1"/>
      <camera name="wrist" pos="0 0.1 0.2" euler="60 20 0"/>
    </body>
  </worldbody>
</mujoco>`

test('every kind of camera is where MuJoCo has it, looks where it looks, and is turned as it is', async () => {
  const mujoco = await loadMujoco()
  const model = compileModel(mujoco, modelOf(CAMERAS))
  const data = new mujoco.bindings.MjData(model)
  const scene = sceneOf(mujoco, model)
  expect(scene.cameras.map(({ name, mode }) => [name, mode])).toEqual([
    ['still', 'fixed'],
    ['watch', 'target'],
    ['follow', 'track'],
    ['wrist', 'mounted'],
  ])
  for (const qpos of [data.qpos.slice(), [0.3, -0.4, 1.2, 0.5, 0.5, -0.5, 0.5]]) {
    data.qpos.set(qpos)
    mujoco.bindings.mj_forward(model, data)
    const poses = [0, 1].flatMap(b => [
      ...data.xpos.slice(3 * b, 3 * b + 3),
      ...data.xquat.slice(4 * b, 4 * b + 4),
    ])
    scene.cameras.forEach((camera, i) => {
      const { position, target, up = [0, 0, 1] } = viewOf(camera, poses)
      const column = (k: number) => [0, 3, 6].map(r => data.cam_xmat[9 * i + r + k])
      const away = position.map((p, k) => p - target[k])
      const length = Math.hypot(...away)
      position.forEach((p, k) => {
        expect(p, camera.name).toBeCloseTo(data.cam_xpos[3 * i + k], 6)
        expect(away[k] / length, camera.name).toBeCloseTo(column(2)[k], 5)
      })
      // Nothing of what is up points sideways.
      expect(up.reduce((sum, u, k) => sum + u * column(0)[k], 0)).toBeCloseTo(0, 5)
    })
  }
  data.delete()
  model.delete()
})
