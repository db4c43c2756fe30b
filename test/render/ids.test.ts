/** Which geom is where: as MuJoCo's own rays find it. */
import { expect, test } from 'vitest'
import { axesOf, cameraNamed, viewOf } from '../../src/render/camera.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { compiled, type SceneName } from './scenes.ts'

const SIZE = 112
const MOST_APART = 0.005

/** [SIZE, SIZE] name of the geom that MuJoCo's ray through each pixel's centre meets, and how far off along the view. */
async function meetings(name: SceneName) {
  const { mujoco, model, data, scene, poses } = await compiled(name)
  const { bindings } = mujoco
  const view = viewOf(cameraNamed(scene, 'view'), poses)
  const axes = new Float64Array(9)
  axesOf(view, axes)
  const tangent = Math.tan((view.fov ?? 0) / 2)
  const rays: number[] = []
  const ahead: number[] = []
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const u = tangent * ((2 * x + 1) / SIZE - 1)
      const v = tangent * (1 - (2 * y + 1) / SIZE)
      const ray = [0, 1, 2].map(k => u * axes[k] + v * axes[3 + k] + axes[6 + k])
      const length = Math.hypot(...ray)
      rays.push(...ray.map(r => r / length))
      ahead.push(1 / length)
    }
  }
  const count = SIZE * SIZE
  const ids = new bindings.IntBuffer(count)
  const distances = new bindings.DoubleBuffer(count)
  // The groups that are shown, everything that stands still, and no body left out.
  const groups = [1, 1, 1, 0, 0, 0]
  bindings.mj_multiRay(
    model,
    data,
    [...view.position],
    rays,
    groups,
    true,
    -1,
    ids,
    distances,
    null,
    count,
    1e6,
  )
  const names = [...ids.GetView()].map(id => (id < 0 ? undefined : bindings.mj_id2name(model, 5, id)))
  const depths = [...distances.GetView()].map((distance, i) => distance * ahead[i])
  for (const owned of [ids, distances, data, model]) owned.delete()
  const renderer = new SoftRenderer(scene, { width: SIZE, height: SIZE })
  renderer.render(poses, view)
  const ours = [...renderer.ids()].map(id => scene.geoms[id]?.name)
  return { names, depths, ours, drawn: renderer.depth() }
}

for (const name of ['person', 'shapes', 'meshes', 'field', 'textures'] as const) {
  test(`${name}: geoms and depths are those that MuJoCo's rays meet`, async () => {
    const { names, depths, ours, drawn } = await meetings(name)
    const apart = ours.filter((geom, i) => geom !== names[i]).length
    expect(apart / ours.length).toBeLessThanOrEqual(MOST_APART)
    expect(new Set(ours).size).toBeGreaterThan(2)
    const off = depths.filter(
      (depth, i) =>
        ours[i] !== undefined && ours[i] === names[i] && Math.abs(depth - drawn[i]) > 1e-3 * depth,
    )
    expect(off.length / depths.length).toBeLessThanOrEqual(MOST_APART)
  })
}
