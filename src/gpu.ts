/**
 * GPUs of this machine, asked in processes of their own: drivers print to standard error, may hang, and may abort.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export type GpuApi = 'webgpu' | 'cuda'

/** A driver that has not answered by then is not usable, ms. */
const PATIENCE = 20_000

export interface Probed {
  readonly works: boolean
  /** A sentence. */
  readonly reason: string
}

/** Whether a tiny graph gives the right numbers there; a device in software does too. Never throws. */
export async function probeGpu(api: GpuApi): Promise<Probed> {
  if (onnxVersion() === undefined) {
    return { works: false, reason: 'onnxruntime-node, through which it would be used, is not installed.' }
  }
  const { stdout, stderr, error } = await runScript('gpuProbe', [api], PATIENCE)
  try {
    const answer: Probed = JSON.parse(stdout)
    return answer.works ? answer : { ...answer, reason: refusal(answer.reason, stderr) }
  } catch {
    const why = error === undefined ? '' : `: ${error}`
    return { works: false, reason: `The trial ended without an answer${why}.` }
  }
}

/** What is missing, where the driver's complaints are known. */
function refusal(reason: string, complaints: string): string {
  if (/libvulkan/.test(complaints)) {
    return `${reason} The Vulkan loader (libvulkan.so.1) is not installed; Debian and Ubuntu have it as libvulkan1.`
  }
  if (/onnxruntime_providers_\w+\.so/.test(complaints)) {
    return `${reason} onnxruntime-node comes without its CUDA libraries; ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node fetches them.`
  }
  return reason
}

/**
 * Whether there is a graphics card, and not just software that acts as one. onnxruntime does not tell which device it
 * took, so this is asked of the system: on Linux, of the kernel's render nodes and NVIDIA's driver.
 */
export async function hasGpu(): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : []
  return nodes.some(node => node.startsWith('renderD')) || (await gpuNames()).length > 0
}

let names: Promise<string[]> | undefined

/** Names of NVIDIA's GPUs; none where its driver is not installed. */
export function gpuNames(): Promise<string[]> {
  names ??= command('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], PATIENCE).then(
    ({ stdout }) =>
      stdout
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== ''),
  )
  return names
}

export function onnxVersion(): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    return JSON.parse(readFileSync(file, 'utf8')).version
  } catch {
    return undefined
  }
}

interface Answer {
  readonly stdout: string
  readonly stderr: string
  readonly error?: string
}

/** Runs a script that lies beside this file. */
export function runScript(name: string, args: readonly string[], patience: number): Promise<Answer> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const script = fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
  return command(process.execPath, [...process.execArgv, script, ...args], patience)
}

const command = (file: string, args: readonly string[], patience: number): Promise<Answer> =>
  new Promise(resolve => {
    execFile(file, args, { timeout: patience, killSignal: 'SIGKILL' }, (failed, stdout, stderr) => {
      const error =
        failed === null ? undefined : failed.killed ? 'it took too long' : failed.message.split('\n')[0]
      resolve({ stdout, stderr, ...(error === undefined ? {} : { error }) })
    })
  })
