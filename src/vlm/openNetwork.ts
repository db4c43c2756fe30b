/** Opens networks on the first of several providers that takes them. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { CarrotError } from '../core/errors.ts'
import { loadRuntime } from '../graph/onnxruntime.ts'
import { firstLine, type Network } from './network.ts'
import { openOrtNetwork } from './ortNetwork.ts'
import { openWasmNetwork } from './wasmNetwork.ts'

/** A provider that was asked and could not be used. */
export interface Refusal {
  readonly provider: string
  readonly reason: string
}

export interface NetworkOptions {
  readonly threads: number
  /**
   * In the order in which they are tried: onnxruntime's execution providers, and 'wasm', our own executor, which runs
   * the embedded model alone and is tried last where onnxruntime-node is not installed.
   */
  readonly providers: readonly string[]
}

export interface OpenedNetwork {
  readonly network: Network
  readonly provider: string
  /** Providers tried before it. */
  readonly refused: readonly Refusal[]
}

const WASM = 'wasm'

/** Throws CarrotError 'unsupported' where no provider takes it, and 'bad-file' for a file that is no network. */
export async function openNetwork(file: string, options: NetworkOptions): Promise<OpenedNetwork> {
  refuseNonsense(file)
  const runtime = await loadRuntime()
  const { threads } = options
  const providers = runtime === undefined ? [...options.providers, WASM] : options.providers
  const refused: Refusal[] = []
  for (const provider of providers) {
    try {
      if (provider === WASM) return { network: openWasmNetwork(file), provider, refused }
      if (runtime === undefined) throw new Error('onnxruntime-node is not installed here')
      // One alone: onnxruntime-node gives up on a list as soon as one of it is missing.
      const network = await openOrtNetwork(runtime, file, provider, threads)
      return { network, provider, refused }
    } catch (error) {
      refused.push({ provider, reason: firstLine(error) })
    }
  }
  throw runtime === undefined ? needsRuntime(file) : unopened(file, refused)
}

/** A network begins with the number of its format; a page of text that was saved in its place does not. */
function refuseNonsense(file: string): void {
  const start = Buffer.alloc(1)
  const handle = openSync(file, 'r')
  const size = statSync(file).size
  try {
    readSync(handle, start, 0, 1, 0)
  } finally {
    closeSync(handle)
  }
  if (size > 0 && start[0] === 0x08) return
  throw broken(file, size === 0 ? 'it is empty' : 'it does not begin as one')
}

const broken = (file: string, why: string): CarrotError =>
  new CarrotError(
    'bad-file',
    `${file} is not a whole ONNX network: ${why}.`,
    'Fetch it again, and compare its size with that of the original.',
  )

const needsRuntime = (file: string): CarrotError =>
  new CarrotError(
    'unsupported',
    `The network ${file} needs onnxruntime-node, which is not installed, or has no build for this platform.`,
    'Run npm install onnxruntime-node with ONNXRUNTIME_NODE_INSTALL=skip set; the embedded model works without it.',
  )

function unopened(file: string, refused: readonly Refusal[]): CarrotError {
  const last = refused.at(-1)
  if (last?.provider === 'cpu') return broken(file, last.reason)
  const tried = refused.map(({ provider, reason }) => `${provider} (${reason})`).join(', ')
  return new CarrotError(
    'unsupported',
    `${file} could not be loaded: no execution provider took it: ${tried || 'none was named'}.`,
    'Add cpu to the providers.',
  )
}
