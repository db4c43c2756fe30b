/** Draws pictures when it is asked to: as a worker into shared memory, or as a process of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { SoftRenderer } from '../src/render/softRenderer.ts'
import { posesOf, SIZE } from './renderScene.ts'

export interface RenderWorkerData {
  readonly env: string
  readonly camera: string
  /** [SIZE, SIZE, 4] where pictures go. */
  readonly out: SharedArrayBuffer
}

const { env, camera, out } = (workerData as RenderWorkerData | null) ?? {
  env: process.argv[2],
  camera: process.argv[3],
  out: undefined,
}
const { scene, poses } = await posesOf(env)
const renderer = new SoftRenderer(scene, { width: SIZE, height: SIZE })
const shared = out && new Uint8Array(out)

function draw(frames: number): void {
  for (let i = 0; i < frames; i++) {
    const picture = renderer.render(poses[i % poses.length], camera)
    shared?.set(picture)
  }
}
if (parentPort !== null) {
  parentPort.on('message', frames => {
    draw(frames)
    parentPort?.postMessage('done')
  })
  parentPort.postMessage('ready')
} else {
  process.on('message', frames => {
    draw(frames as number)
    process.send?.('done')
  })
  process.send?.('ready')
}
