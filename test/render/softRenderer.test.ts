/** Pictures without a graphics card: the same bytes every time, the right way up, and what was asked for. */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { GeomSpec, SceneSpec } from '../../src/core/scene.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { compiled, SCENES, type SceneName } from './scenes.ts'

const hash = (pixels: Uint8Array): string => createHash('sha256').update(pixels).digest('hex').slice(0, 16)

async function picture(name: SceneName, options = {}) {
  const { model, data, scene, poses } = await compiled(name)
  data.delete()
  model.delete()
  const renderer = new SoftRenderer(scene, { width: 96, height: 72, ...options })
  return { renderer, scene, poses, pixels: renderer.render(poses, 'view') }
}

/**
 * SHA-256 of the pictures, which are the same on every machine. Where a change of the look or the ray caster is meant,
 * look at the pictures and write down the new ones.
 */
const PICTURES: Readonly<Record<SceneName, string>> = {
  person: '8dbc8a2fdccc5d09',
  shapes: 'f9a1ef146528b6d0',
  meshes: 'acb2b2c577bc4d75',
  field: '379272cc6ebf1183',
  textures: '10c919a278322eb1',
}

for (const name of Object.keys(SCENES) as SceneName[]) {
  test(`${name}: the bytes are the ones that were looked at`, async () => {
    const { renderer, poses, pixels } = await picture(name)
    expect(hash(pixels)).toBe(PICTURES[name])
    // And once more, into the same memory.
    const again = renderer.render(poses, 'view')
    expect(again).toBe(pixels)
    expect(hash(again)).toBe(PICTURES[name])
  })
}

const ball = (more: Partial<GeomSpec> = {}): GeomSpec => ({
  name: 'ball',
  type: 'sphere',
  body: 0,
  size: [0.5, 0, 0],
  position: [0, 0, 0],
  quaternion: [1, 0, 0, 0],
  rgba: [1, 0, 0, 1],
  ...more,
})
const sceneOf = (...geoms: GeomSpec[]): SceneSpec => ({ bodies: ['world'], geoms, cameras: [], extent: 2 })
const REST = Float32Array.of(0, 0, 0, 1, 0, 0, 0)
const FRONT = { position: [0, -4, 0], target: [0, 0, 0] } as const

/** RGB at a place given in parts of the picture, from the top left. */
function colorAt(pixels: Uint8Array, width: number, height: number, x: number, y: number): number[] {
  const at = 4 * (Math.floor(y * height) * width + Math.floor(x * width))
  return [...pixels.subarray(at, at + 3)]
}

test('row 0 is on top, and x goes to the right, in any size', () => {
  const scene = sceneOf(
    ball({ position: [-0.8, 0, 0.8] }),
    ball({ position: [0.8, 0, 0.8], rgba: [0, 0, 1, 1] }),
  )
  for (const [width, height] of [
    [64, 64],
    [61, 47],
    [9, 9],
  ]) {
    const pixels = new SoftRenderer(scene, { width, height }).render(REST, FRONT)
    expect(pixels).toHaveLength(4 * width * height)
    // Where 0.8 m at 4 m is, in a view of 45°, from the middle.
    const off = 0.8 / 4 / Math.tan(Math.PI / 8) / 2
    const left = colorAt(pixels, width, height, 0.5 - (off * height) / width, 0.5 - off)
    const right = colorAt(pixels, width, height, 0.5 + (off * height) / width, 0.5 - off)
    expect(left[0]).toBeGreaterThan(2 * left[2])
    expect(right[2]).toBeGreaterThan(2 * right[0])
    const [r, g, b] = colorAt(pixels, width, height, 0.5, 0.9)
    expect([r, g, b]).toEqual([0xee, 0xf1, 0xf4])
  }
})

test('depth is measured along the view, and ids name the geoms', () => {
  const renderer = new SoftRenderer(sceneOf(ball({ position: [9, 0, 0] }), ball()), { width: 33, height: 33 })
  renderer.render(REST, FRONT)
  const middle = 16 * 33 + 16
  expect(renderer.depth()[middle]).toBeCloseTo(3.5, 4)
  expect(renderer.ids()[middle]).toBe(1)
  expect(renderer.ids()[0]).toBe(-1)
  expect(renderer.depth()[0]).toBeGreaterThan(1e20)
})

test('a shadow falls where the sun does not reach, unless it is switched off', () => {
  const floor = ball({ name: 'floor', type: 'plane', size: [0, 0, 0], rgba: [0.8, 0.8, 0.8, 1] })
  const scene = { ...sceneOf(floor, ball({ position: [0, 0, 1.5] })), sun: [1, 0, -1] as const }
  const above = { position: [1.5, 0, 6], target: [1.5, 0, 0], up: [0, 1, 0] } as const
  const middle = (options: object): number => {
    const pixels = new SoftRenderer(scene, { width: 64, height: 64, ...options }).render(REST, above)
    return colorAt(pixels, 64, 64, 0.5, 0.5)[0]
  }
  expect(middle({})).toBeLessThan(0.85 * middle({ shadow: false }))
})

test('what is seen through mixes with what is behind it, and throws no shadow', () => {
  const behind = ball({
    name: 'wall',
    type: 'box',
    size: [3, 0.1, 3],
    position: [0, 2, 0],
    rgba: [0, 0, 1, 1],
  })
  const colors = [0, 0.5, 1].map(alpha => {
    const scene = sceneOf(behind, ball({ rgba: [1, 0, 0, alpha] }))
    const pixels = new SoftRenderer(scene, { width: 64, height: 64 }).render(REST, FRONT)
    return colorAt(pixels, 64, 64, 0.5, 0.5)
  })
  for (const channel of [0, 2]) {
    const [clear, half, full] = colors.map(color => color[channel])
    expect(half).toBeCloseTo((clear + full) / 2, -0.8)
  }
})

test('edges are smooth when they are asked to be', () => {
  const shades = (antialias: boolean): number => {
    const scene = sceneOf(ball({ type: 'box', size: [0.5, 0.5, 0.5], emission: 9 }))
    const pixels = new SoftRenderer(scene, { width: 64, height: 64, antialias, shadow: false }).render(REST, {
      ...FRONT,
      up: [0.3, 0, 1],
    })
    return new Set(pixels.filter((_, i) => i % 4 === 1)).size
  }
  expect(shades(true)).toBeGreaterThan(shades(false))
})

test('a camera or poses that do not fit are refused', async () => {
  const { renderer, poses } = await picture('person')
  expect(() => renderer.render(poses, 'veiw')).toThrow(
    expect.objectContaining({ code: 'unknown-name', hint: "Did you mean 'view'?" }),
  )
  expect(() => renderer.render(poses.subarray(7), 'view')).toThrow(
    expect.objectContaining({ code: 'bad-argument' }),
  )
  expect(() => new SoftRenderer(sceneOf(), { width: 0, height: 9 })).toThrow(
    expect.objectContaining({ code: 'bad-argument' }),
  )
})

test('a worker draws the same bytes', async () => {
  const scene = sceneOf(
    ball(),
    ball({ name: 'box', type: 'box', size: [0.2, 0.9, 0.3], position: [0.5, 0, 0] }),
  )
  const ours = new SoftRenderer(scene, { width: 40, height: 40 }).render(REST, FRONT)
  const module = new URL('../../src/render/softRenderer.ts', import.meta.url).href
  const worker = new Worker(
    `import { parentPort, workerData } from 'node:worker_threads'
     const { SoftRenderer } = await import(workerData.module)
     const { scene, poses, view } = workerData
     parentPort.postMessage(new SoftRenderer(scene, { width: 40, height: 40 }).render(poses, view).slice())`,
    { eval: true, workerData: { module, scene, poses: REST, view: FRONT } },
  )
  const theirs = await new Promise(resolve => worker.once('message', resolve))
  expect(theirs).toEqual(ours.slice())
})
