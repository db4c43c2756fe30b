/** What runs graphs. All executors give the same numbers up to float32 rounding. */
import { CarrotError, closest } from '../core/errors.ts'
import type { Graph } from './graph.ts'

/** Compiles graphs for one kind of device. */
export interface Executor {
  readonly name: 'wasm' | 'onnx-cpu' | 'webgpu' | 'cuda'
  compile(graph: Graph): Promise<Session>
}

/** A compiled graph with its own states, all zero at first. */
export interface Session extends Disposable {
  /** View to fill before a run; the same array every time. */
  input(name: string): Float32Array
  /** Computes outputs, then assigns states. The WASM session is done when this returns. */
  run(): void | Promise<void>
  /** Result of the last run; valid until the next run or dispose. */
  output(name: string): Float32Array
  /**
   * Brings states home from the device they live on. Must come between a run and readState; does nothing where states
   * are in memory anyway.
   */
  settle(): void | Promise<void>
  /** A copy. */
  readState(name: string): Float32Array
  writeState(name: string, data: ArrayLike<number>): void
  dispose(): void
}

/** Runs at once, on the calling thread: for acting. */
export interface SyncSession extends Session {
  run(): void
  settle(): void
}
export interface SyncExecutor extends Executor {
  compile(graph: Graph): Promise<SyncSession>
  compileSync(graph: Graph): SyncSession
}

/** The entry of a session's table, or an error that names what there is. */
export function lookUp<T>(
  graph: Graph,
  kind: 'input' | 'state' | 'output',
  table: ReadonlyMap<string, T>,
  name: string,
): T {
  const found = table.get(name)
  if (found !== undefined) return found
  const near = closest(name, table.keys())
  throw new CarrotError(
    'unknown-name',
    `Graph '${graph.name}' has no ${kind} '${name}'.`,
    near ? `Did you mean '${near}'?` : `It has: ${[...table.keys()].join(', ') || 'none'}.`,
  )
}

/** Copies `data` over a state, which must have as many numbers. */
export function fillState(graph: Graph, name: string, target: Float32Array, data: ArrayLike<number>): void {
  if (data.length !== target.length) {
    throw new CarrotError(
      'bad-argument',
      `State '${name}' of graph '${graph.name}' has ${target.length} numbers, not ${data.length}.`,
      'Write data made with the same sizes.',
    )
  }
  target.set(data)
}

const sentence = (error: unknown): string => {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.endsWith('.') ? line : `${line}.`
}

/** For a graph that a GPU cannot run. */
export function gpuRefused(graph: Graph, api: 'webgpu' | 'cuda', error: unknown): CarrotError {
  return new CarrotError(
    'unsupported',
    `Graph '${graph.name}' cannot run through ${api} here: ${sentence(error)}`,
    'carrot doctor tells what this machine has; --device cpu and --device wasm always work.',
  )
}

/** For a GPU that stopped while a graph ran: a driver restarts, a computer sleeps. The session's states are lost. */
export function gpuLost(graph: Graph, api: 'webgpu' | 'cuda', error: unknown): CarrotError {
  return new CarrotError(
    'device-lost',
    `Graph '${graph.name}' stopped on ${api}: ${sentence(error)}`,
    'Go on from the last checkpoint with --resume and --device cpu or wasm.',
  )
}
