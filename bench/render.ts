/**
 * How fast pictures are drawn in software: CPU time of one renderer on the calling thread; two workers that share their
 * pictures against two processes that draw by themselves; and three.js in Chromium without a graphics card, in the same
 * scenes and with the same look, each picture read back. With --device, a graphics card in their place.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { type EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { cameraNamed, viewOf } from '../src/render/camera.ts'
import { SoftRenderer } from '../src/render/softRenderer.ts'
import { threeInBrowser } from './peers/three.ts'
import { gpuPictures } from './renderGpu.ts'
import { posesOf, SIZE } from './renderScene.ts'
import type { RenderWorkerData } from './renderWorker.ts'
import { type BenchOptions, type BenchResult, cpuNanoseconds, median, wallSeconds } from './result.ts'

const CASES = [
  { env: 'humanoid', camera: 'side', antialias: true, shadow: true },
  { env: 'humanoid', camera: 'side', antialias: false, shadow: false },
  { env: 'humanoid-pose', camera: 'corner', antialias: true, shadow: true },
  { env: 'lift-cube', camera: 'corner', antialias: true, shadow: true },
] as const
const COMPARED = CASES[0]
const ROUNDS = 15
const FRAMES = 32
/** The engine compiles the ray caster anew while it is warm; these rounds do not count. */
const WARM_UP = 5
const WORKERS = 2
/** Frames of a turn of the workers. */
const TURN = 96
const THREE_ROUNDS = 5
const THREE_FRAMES = 4

export default async function run({ device }: BenchOptions = {}): Promise<BenchResult[]> {
  if (device !== undefined) return gpuPictures(device)
  const results: BenchResult[] = []
  for (const { env, camera, antialias, shadow } of CASES) {
    const extras = antialias && shadow ? 'shadow and antialiasing' : 'plain'
    results.push({
      case: `${env}, ${SIZE} × ${SIZE}, ${extras}`,
      value: await framesPerSecond(env, camera, antialias, shadow),
      unit: 'frames/s CPU',
    })
  }
  return [...results, ...(await workersAgainstProcesses()), ...(await againstThree(results[0]))]
}

async function framesPerSecond(
  env: string,
  camera: string,
  antialias: boolean,
  shadow: boolean,
): Promise<number> {
  const { scene, poses } = await posesOf(env)
  const renderer = new SoftRenderer(scene, { width: SIZE, height: SIZE, antialias, shadow })
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const time = await cpuNanoseconds(() => {
      for (let i = 0; i < FRAMES; i++) renderer.render(poses[i % poses.length], camera)
    })
    if (round >= 0) times.push(time)
  }
  return (FRAMES * 1e9) / median(times)
}

async function workersAgainstProcesses(): Promise<BenchResult[]> {
  const { env, camera } = COMPARED
  const file = new URL(
    `renderWorker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
    import.meta.url,
  )
  const workers = Array.from({ length: WORKERS }, () => {
    const out = new SharedArrayBuffer(4 * SIZE * SIZE)
    return new Worker(file, { workerData: { env, camera, out } satisfies RenderWorkerData })
  })
  const processes = Array.from({ length: WORKERS }, () => fork(fileURLToPath(file), [env, camera]))
  try {
    await Promise.all([...workers, ...processes].map(answer))
    const draw = async (who: readonly (Worker | ChildProcess)[]) => {
      const answers = who.map(answer)
      for (const one of who) {
        if (one instanceof Worker) one.postMessage(TURN)
        else one.send(TURN)
      }
      await Promise.all(answers)
    }
    const rounds: { workers: number; processes: number }[] = []
    for (let round = -3; round < ROUNDS; round++) {
      const times = { workers: 0, processes: 0 }
      const order =
        round % 2 === 0 ? (['workers', 'processes'] as const) : (['processes', 'workers'] as const)
      for (const who of order)
        times[who] = await wallSeconds(() => draw(who === 'workers' ? workers : processes))
      if (round >= 0) rounds.push(times)
    }
    const rate = (who: 'workers' | 'processes') => (WORKERS * TURN) / median(rounds.map(times => times[who]))
    const against = `${env}: ${WORKERS} processes, each by itself`
    return [
      { case: against, value: rate('processes'), unit: 'frames/s' },
      {
        case: `${env}: ${WORKERS} workers into shared memory`,
        value: rate('workers'),
        unit: 'frames/s',
        ratio: median(rounds.map(times => times.processes / times.workers)),
        against,
      },
    ]
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
    for (const process of processes) process.kill()
  }
}

/** Resolves with its next message; rejects when it ends instead. */
async function answer(one: Worker | ChildProcess): Promise<void> {
  const emitter: EventEmitter = one
  await once(emitter, 'message')
}

async function againstThree(ours: BenchResult): Promise<BenchResult[]> {
  const browser = await threeInBrowser()
  if (browser === undefined) return []
  await using three = browser
  const { env, camera } = COMPARED
  const { scene, poses } = await posesOf(env)
  const renderer = new SoftRenderer(scene, { width: SIZE, height: SIZE })
  const view = viewOf(cameraNamed(scene, camera), poses[0])
  const job = { scene, poses: [...poses[0]], view, size: SIZE, subject: 1, times: THREE_FRAMES }
  const rounds: { three: number; ours: number }[] = []
  // In turns, by the clock: the browser's CPU time is not ours to read.
  for (let round = -1; round < THREE_ROUNDS; round++) {
    const { milliseconds } = await three.draw(job)
    const seconds = await wallSeconds(() => {
      for (let i = 0; i < TURN; i++) renderer.render(poses[0], view)
    })
    if (round >= 0) rounds.push({ three: milliseconds / 1e3, ours: seconds / TURN })
  }
  const against = 'three.js in Chromium on SwiftShader'
  return [
    { case: `${env}: ${against}`, value: 1 / median(rounds.map(r => r.three)), unit: 'frames/s' },
    {
      case: `${ours.case}, by the clock`,
      value: 1 / median(rounds.map(r => r.ours)),
      unit: 'frames/s',
      ratio: median(rounds.map(r => r.three / r.ours)),
      against,
    },
  ]
}
