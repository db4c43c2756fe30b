/** What a graphics card draws is what the ray caster draws, and where MuJoCo's rays say it is. On a device in software here. */
import { beforeAll, expect } from 'vitest'
import type { SceneSpec } from '../../src/core/scene.ts'
import { cameraNamed, viewOf } from '../../src/render/camera.ts'
import { DawnRenderer } from '../../src/render/dawnRenderer.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { isVulkanThere, useSoftwareVulkan } from '../graph/vulkan.ts'
import { dawnTest } from './dawn.ts'
import { compiled, SCENES, type SceneName } from './scenes.ts'

const SIZE = { width: 224, height: 224 }
/** Of 255, over all pixels and colours. */
const MOST_APART = 4
const MOST_IDS_APART = 0.005

beforeAll(() => {
  if (isVulkanThere) useSoftwareVulkan()
})

async function stage(name: SceneName) {
  const { model, data, scene, poses } = await compiled(name)
  data.delete()
  model.delete()
  return { scene, poses, view: viewOf(cameraNamed(scene, 'view'), poses) }
}

const open = (scene: SceneSpec, size = SIZE) => DawnRenderer.open(scene, { ...size, software: true })

/** Mean difference of a colour, of 255. */
function apart(a: Uint8Array, b: Uint8Array): number {
  let sum = 0
  a.forEach((byte, i) => {
    if (i % 4 !== 3) sum += Math.abs(byte - b[i])
  })
  return sum / (a.length * 0.75)
}

for (const name of Object.keys(SCENES) as SceneName[]) {
  dawnTest(`${name}: the same colours and geoms as the ray caster's`, async () => {
    const { scene, poses, view } = await stage(name)
    const soft = new SoftRenderer(scene, SIZE)
    const wanted = soft.render(poses, view)
    await using dawn = await open(scene)
    expect(apart(wanted, await dawn.render(poses, view))).toBeLessThan(MOST_APART)
    const ids = await dawn.ids(poses, view)
    const elsewhere = ids.filter((id, i) => id !== soft.ids()[i]).length
    expect(elsewhere / ids.length).toBeLessThanOrEqual(MOST_IDS_APART)
    // Marks are taken off again.
    expect(apart(wanted, await dawn.render(poses, view))).toBeLessThan(MOST_APART)
  })
}

dawnTest('pictures asked for at once are each of their own poses, of any size', async () => {
  const { scene, poses, view } = await stage('person')
  const size = { width: 75, height: 50 }
  await using dawn = await open(scene, size)
  const soft = new SoftRenderer(scene, size)
  const turns = Array.from({ length: 5 }, (_, i) => {
    const moved = poses.slice()
    moved[7] += 0.3 * (i - 2)
    return moved
  })
  const drawn = await Promise.all(turns.map(turn => dawn.render(turn, view)))
  turns.forEach((turn, i) => {
    const wanted = soft.render(turn, view)
    const distances = drawn.map(picture => apart(wanted, picture))
    expect(distances.indexOf(Math.min(...distances))).toBe(i)
    expect(distances[i]).toBeLessThan(MOST_APART)
  })
})

dawnTest('edges are smooth and shadows fall unless they are not wanted', async () => {
  const { scene, poses, view } = await stage('person')
  for (const options of [{ antialias: false }, { shadow: false }]) {
    const wanted = new SoftRenderer(scene, { ...SIZE, ...options }).render(poses, view).slice()
    const usual = new SoftRenderer(scene, SIZE).render(poses, view)
    await using dawn = await DawnRenderer.open(scene, { ...SIZE, ...options, software: true })
    const drawn = await dawn.render(poses, view)
    expect(apart(wanted, drawn)).toBeLessThan(apart(usual, drawn))
  }
})

dawnTest('a device in software is refused, and so is what is no picture', async () => {
  const { scene, poses, view } = await stage('shapes')
  await expect(DawnRenderer.open(scene, SIZE)).rejects.toThrow(/is software \(.*SwiftShader/)
  await expect(open(scene, { width: 0, height: 9 })).rejects.toThrow('A picture of 0 × 9 pixels')
  await using dawn = await open(scene)
  await expect(dawn.render(poses.subarray(7), view)).rejects.toThrow(/numbers were given for the poses of/)
  await expect(dawn.render(poses, 'veiw')).rejects.toThrow("no camera 'veiw'")
})

dawnTest('a card that is lost is told, and what was asked of it', async () => {
  const { scene, poses, view } = await stage('person')
  const dawn = await open(scene)
  await dawn.render(poses, view)
  // As a driver does.
  const { card } = (dawn as unknown as { parts: { card: { device: GPUDevice } } }).parts
  card.device.destroy()
  await expect(dawn.render(poses, view)).rejects.toThrow(/could not draw\. \w+/)
})
