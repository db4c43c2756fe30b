/** How long gradient steps take on the CPU and on GPUs, found out once and kept in the user's cache folder. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from './cacheFolder.ts'
import { type GpuApi, gpuNames, onnxVersion, probeGpu, runScript } from './gpu.ts'
import type { TrialSizes } from './trialGraph.ts'

const trialsSchema = z.strictObject({
  /** Absent where the CPU's trial failed. */
  cpuSeconds: z.number().optional(),
  /** Of the GPUs that work, by how they are reached. */
  gpuSeconds: z.partialRecord(z.enum(['webgpu', 'cuda']), z.number()),
})
export type Trials = Readonly<z.infer<typeof trialsSchema>>

const APIS: readonly GpuApi[] = ['webgpu', 'cuda']
/** A device that has not made a few steps by then is not worth having, ms. */
const PATIENCE = 60_000

/** Seconds a step on `cpu` and on every GPU that works. Never throws: a device that fails is left out. */
export async function trials(cpu: 'wasm' | 'onnx-cpu' | GpuApi, sizes: TrialSizes): Promise<Trials> {
  const about = { cpu, sizes, names: await gpuNames(), model: cpus()[0]?.model, onnx: onnxVersion() }
  const key = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16)
  const file = join(cacheFolder(), `trial-${key}.json`)
  const known = readTrials(file)
  if (known !== undefined) return known
  const cpuSeconds = await secondsOf(cpu, sizes)
  const gpuSeconds: Partial<Record<GpuApi, number>> = {}
  for (const api of APIS) {
    if (!(await probeGpu(api)).works) continue
    const seconds = await secondsOf(api, sizes)
    if (seconds !== undefined) gpuSeconds[api] = seconds
  }
  const found: Trials = { ...(cpuSeconds === undefined ? {} : { cpuSeconds }), gpuSeconds }
  keep(file, found)
  return found
}

async function secondsOf(name: string, sizes: TrialSizes): Promise<number | undefined> {
  const { stdout } = await runScript('gpuTrial', [name, JSON.stringify(sizes)], PATIENCE)
  try {
    return z.object({ seconds: z.number() }).parse(JSON.parse(stdout)).seconds
  } catch {
    return undefined
  }
}

function readTrials(file: string): Trials | undefined {
  try {
    return trialsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** A cache that cannot be written is none. */
function keep(file: string, found: Trials): void {
  try {
    mkdirSync(cacheFolder(), { recursive: true })
    writeFileSync(file, JSON.stringify(found))
  } catch {}
}
