/** Runs in a browser: makes updates with onnxruntime-web on WebGPU. Bundled by webgpuPage.test.ts. */
import type { Executor } from '../../src/graph/executor.ts'
import { webgpuSession } from '../../src/graph/webgpu.ts'
import { statesAfter, updates } from './updates.ts'

declare global {
  interface Window {
    /** States after `steps` steps of an update, with onnxruntime-web as the server has it at `url`. */
    runUpdate(url: string, name: string, steps: number): Promise<Record<string, number[]>>
  }
}

window.runUpdate = async (url, name, steps) => {
  const runtime: typeof import('onnxruntime-common') = await import(/* @vite-ignore */ url)
  const executor: Executor = { name: 'webgpu', compile: graph => webgpuSession(runtime, graph) }
  const states = await statesAfter(executor, updates()[name], steps)
  return Object.fromEntries(Object.entries(states).map(([state, data]) => [state, [...data]]))
}
