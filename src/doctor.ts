/** What this machine offers to train on, found out by trying. Never throws; a part that cannot be asked says so. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import type { Executor } from './graph/executor.ts'
import { Graph } from './graph/graph.ts'
import { onnxExecutor } from './graph/onnxruntime.ts'
import { wasmExecutor } from './graph/wasm.ts'
import type { doctorOutput } from './protocol/cli.ts'

export type Diagnosis = z.infer<typeof doctorOutput>
type ExecutorReport = Diagnosis['executors'][number]
type AdapterReport = Diagnosis['adapters'][number]

/** A driver that has not answered by then is not usable, ms. */
const PATIENCE = 20_000
/** What package.json's `engines` asks for. */
const NEEDED = [22, 18]

export async function diagnose(): Promise<Diagnosis> {
  const [wasm, onnx, adapters] = await Promise.all([wasmReport(), onnxReport(), adapterReports()])
  return { node: nodeReport(), executors: [wasm, onnx], adapters }
}

function nodeReport(): Diagnosis['node'] {
  const { versions, execPath, platform, arch } = process
  const [major, minor] = versions.node.split('.').map(Number)
  return {
    version: versions.node,
    path: execPath,
    platform: `${platform}-${arch}`,
    threads: availableParallelism(),
    ok: major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]),
  }
}

async function wasmReport(): Promise<ExecutorReport> {
  const failed = await trial(wasmExecutor())
  return {
    name: 'wasm',
    available: failed === undefined,
    version: null,
    reason: failed ?? 'Runs anywhere; the faster one for small networks.',
  }
}

async function onnxReport(): Promise<ExecutorReport> {
  const version = onnxVersion()
  const failed = await trial(onnxExecutor())
  return {
    name: 'onnx-cpu',
    available: failed === undefined,
    version: version ?? null,
    reason: failed ?? 'Native kernels; the faster one for large networks.',
  }
}

/** Undefined when the executor computes 2·3 + 1, else why it does not. */
async function trial(executor: Executor): Promise<string | undefined> {
  const graph = new Graph('trial')
  graph.output('y', graph.input('x', [1]).mul(2).add(1))
  try {
    using session = await executor.compile(graph)
    session.input('x')[0] = 3
    await session.run()
    const [y] = session.output('y')
    return y === 7 ? undefined : `It computed ${y} where 7 is right.`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function onnxVersion(): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    return JSON.parse(readFileSync(file, 'utf8')).version
  } catch {
    return undefined
  }
}

async function adapterReports(): Promise<AdapterReport[]> {
  const [names, webgpu, cuda] = await Promise.all([nvidiaNames(), probe('webgpu'), probe('cuda')])
  const name = names.length === 0 ? null : names.join(', ')
  return [
    { api: 'webgpu', name: null, used: false, ...webgpu },
    { api: 'cuda', name, used: false, ...withDriver(cuda, names) },
  ]
}

interface Probed {
  readonly works: boolean
  readonly reason: string
}

/** Runs gpuProbe in a process of its own. */
async function probe(provider: AdapterReport['api']): Promise<Probed> {
  if (onnxVersion() === undefined) {
    return { works: false, reason: 'onnxruntime-node, through which it would be used, is not installed.' }
  }
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const script = fileURLToPath(new URL(`./gpuProbe${extension}`, import.meta.url))
  const { stdout, stderr, error } = await command(process.execPath, [...process.execArgv, script, provider])
  try {
    const answer: Probed = JSON.parse(stdout)
    return {
      ...answer,
      reason: answer.works ? `${answer.reason} ${NOT_YET}` : refusal(answer.reason, stderr),
    }
  } catch {
    return {
      works: false,
      reason: `The trial ended without an answer${error === undefined ? '' : `: ${error}`}.`,
    }
  }
}

const NOT_YET = 'This version of carrot learns on the CPU and does not use it yet.'

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

const withDriver = (probed: Probed, names: readonly string[]): Probed =>
  probed.works || names.length > 0
    ? probed
    : { ...probed, reason: `nvidia-smi finds no NVIDIA GPU. ${probed.reason}` }

/** Names of NVIDIA's GPUs; none where its driver is not installed. */
async function nvidiaNames(): Promise<string[]> {
  const { stdout } = await command('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'])
  return stdout
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

interface Answer {
  readonly stdout: string
  readonly stderr: string
  readonly error?: string
}

const command = (file: string, args: readonly string[]): Promise<Answer> =>
  new Promise(resolve => {
    execFile(file, args, { timeout: PATIENCE, killSignal: 'SIGKILL' }, (failed, stdout, stderr) => {
      const error =
        failed === null ? undefined : failed.killed ? 'it took too long' : failed.message.split('\n')[0]
      resolve({ stdout, stderr, ...(error === undefined ? {} : { error }) })
    })
  })
