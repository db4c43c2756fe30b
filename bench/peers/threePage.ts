/** Runs in a browser: draws scenes with three.js and gives the pixels back. Bundled by three.ts. */
import { PerspectiveCamera, WebGLRenderer } from 'three'
import { toBase64 } from '../../src/core/base64.ts'
import type { SceneSpec } from '../../src/core/scene.ts'
import type { View } from '../../src/render/camera.ts'
import { prepareRenderer, ThreeScene } from '../../src/render/threeScene.ts'

export interface Job {
  readonly scene: SceneSpec
  /** [bodies, 7] */
  readonly poses: readonly number[]
  readonly view: View
  /** Pixels of each side. */
  readonly size: number
  /** Body around which shadows are drawn. */
  readonly subject: number
  /** Draw it this many times, for its time. */
  readonly times?: number
}

declare global {
  interface Window {
    drawScene(job: Job): { pixels: string; milliseconds: number }
  }
}

window.drawScene = ({ scene: spec, poses, view, size, subject, times = 1 }) => {
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true })
  prepareRenderer(renderer)
  renderer.setSize(size, size)
  const scene = new ThreeScene(spec)
  scene.setPose(Float32Array.from(poses), 0, subject)
  const camera = new PerspectiveCamera(((view.fov ?? Math.PI / 4) * 180) / Math.PI, 1, 0.01, 500)
  const { position, target, up = [0, 0, 1] } = view
  camera.up.set(...up)
  camera.position.set(...position)
  camera.lookAt(...target)
  scene.setDistance(Math.hypot(...position.map((p, k) => target[k] - p)))
  const gl = renderer.getContext()
  const pixels = new Uint8Array(4 * size * size)
  let began = 0
  for (let i = -1; i < times; i++) {
    // The first compiles the shaders, and is not counted.
    if (i === 0) began = performance.now()
    renderer.render(scene.scene, camera)
    gl.readPixels(0, 0, size, size, gl.RGBA, gl.UNSIGNED_BYTE, pixels)
  }
  const milliseconds = (performance.now() - began) / times
  const rows = Array.from({ length: size }, (_, y) => pixels.subarray(4 * size * y, 4 * size * (y + 1)))
  const upright = new Uint8Array(pixels.length)
  rows.reverse().forEach((row, y) => {
    upright.set(row, 4 * size * y)
  })
  scene.dispose()
  renderer.dispose()
  renderer.forceContextLoss()
  return { pixels: toBase64(upright), milliseconds }
}
