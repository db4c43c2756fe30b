/** What runs graphs. Both executors give the same numbers up to float32 rounding. */
import { CarrotError, closest } from '../core/errors.ts'
import type { Graph } from './graph.ts'

/** Compiles graphs for one kind of device. */
export interface Executor {
  readonly name: 'wasm' | 'onnx-cpu'
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
  /** A copy. */
  readState(name: string): Float32Array
  writeState(name: string, data: ArrayLike<number>): void
  dispose(): void
}

/** Runs at once, on the calling thread: for acting. */
export interface SyncSession extends Session {
  run(): void
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
