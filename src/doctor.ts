/** What this machine offers to train on, found out by trying. Never throws; a part that cannot be asked says so. */
import { availableParallelism } from 'node:os'
import type { z } from 'zod'
import { gpuNames, hasGpu, onnxVersion, probeGpu } from './gpu.ts'
import type { Executor } from './graph/executor.ts'
import { Graph } from './graph/graph.ts'
import { onnxExecutor } from './graph/onnxruntime.ts'
import { wasmExecutor } from './graph/wasm.ts'
import type { doctorOutput } from './protocol/cli.ts'

export type Diagnosis = z.infer<typeof doctorOutput>
type ExecutorReport = Diagnosis['executors'][number]
type AdapterReport = Diagnosis['adapters'][number]

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

async function adapterReports(): Promise<AdapterReport[]> {
  const names = await gpuNames()
  const name = names.length === 0 ? null : names.join(', ')
  const reports = await Promise.all(
    (['webgpu', 'cuda'] as const).map(async api => {
      const { works, reason } = await probeGpu(api)
      const hardware = name ?? (api === 'webgpu' && works && !(await hasGpu()) ? 'software' : null)
      return { api, name: hardware, works, used: works, reason }
    }),
  )
  const missing = (report: AdapterReport): boolean =>
    report.api === 'cuda' && !report.works && names.length === 0
  return reports.map(report =>
    missing(report) ? { ...report, reason: `nvidia-smi finds no NVIDIA GPU. ${report.reason}` } : report,
  )
}
