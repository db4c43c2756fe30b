/**
 * Pictures a second of a graphics card against one thread of the ray caster, at several sizes: as many at a time as models
 * look at, all read back. `software` draws on a device in software, to see what the way there costs.
 */
import { describeError } from '../src/core/errors.ts'
import { type Drawing, openDrawing, type RendererName } from '../src/render/drawing.ts'
import { posesOf } from './renderScene.ts'
import { type BenchResult, median, wallSeconds } from './result.ts'

const SCENE = { env: 'humanoid-pose', camera: 'vlm' }
/** Pixels of a side: of the embedded model, of CLIP, and of large models. */
const SIZES = [64, 224, 384]
/** Pictures asked for at a time. */
const BATCH = 16
const ROUNDS = 5
const FRAMES = 32

export async function gpuPictures(device: string): Promise<BenchResult[]> {
  if (device !== 'webgpu' && device !== 'software')
    throw new Error(`--device of render is webgpu or software, not ${device}.`)
  const results: BenchResult[] = []
  for (const size of SIZES) {
    try {
      results.push(...(await compare(device === 'webgpu' ? 'gpu' : 'software', size)))
    } catch (error) {
      process.stderr.write(`${device} is not measured: ${describeError(error as Error)}\n`)
      break
    }
  }
  return results
}

async function compare(name: RendererName, size: number): Promise<BenchResult[]> {
  const { scene, poses } = await posesOf(SCENE.env)
  const options = { width: size, height: size }
  await using card = await openDrawing(name, scene, options)
  await using soft = await openDrawing('soft', scene, options)
  const rounds: { card: number; soft: number }[] = []
  for (let round = -1; round < ROUNDS; round++) {
    const times = { card: await secondsOf(card, poses, size), soft: await secondsOf(soft, poses, size) }
    if (round >= 0) rounds.push(times)
  }
  const title = `${SCENE.env}, ${size} × ${size}`
  const against = `${title}: ray caster, 1 thread`
  return [
    { case: against, value: FRAMES / median(rounds.map(r => r.soft)), unit: 'frames/s' },
    {
      case: `${title}: three.js on Dawn, ${name === 'gpu' ? 'graphics card' : 'a device in software'}`,
      value: FRAMES / median(rounds.map(r => r.card)),
      unit: 'frames/s',
      ratio: median(rounds.map(r => r.soft / r.card)),
      against,
    },
  ]
}

const secondsOf = (drawing: Drawing, poses: readonly Float32Array[], size: number): Promise<number> =>
  wallSeconds(async () => {
    const out = new Uint8Array(4 * size * size)
    for (let first = 0; first < FRAMES; first += BATCH) {
      const drawn = Array.from({ length: BATCH }, (_, i) =>
        drawing.into(out, poses[(first + i) % poses.length], SCENE.camera),
      )
      await Promise.all(drawn)
    }
  })
