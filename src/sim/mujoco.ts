/**
 * MuJoCo in WebAssembly, loaded once per thread: in Node's main thread, in its workers, and in a page. The package's
 * types are loose and its memory has rules of its own; both are dealt with here and in `views.ts`.
 */
import createMujoco, { type MainModule, type MjModel, type MjVFS } from '@mujoco/mujoco'
import { CarrotError } from '../core/errors.ts'
import { readAsset } from './asset.ts'
import type { ModelFiles } from './modelFiles.ts'

export type { MjData, MjModel } from '@mujoco/mujoco'

export interface Mujoco {
  /** The bindings. Whatever they construct or return as a handle must be given back with `delete()`. */
  readonly bindings: MainModule
  /** Files that models name. There is one for all: loading from a fresh one leaks a few bytes between large blocks. */
  readonly disk: MjVFS
  /** Bytes of the WebAssembly heap. When it grows, every typed-array view taken before is detached. */
  heapBytes(): number
  /** To be called when the engine has thrown: it leaves the C stack as it was, and a dozen times of that fill it. */
  recover(): void
}

interface StackExports {
  emscripten_stack_get_current(): number
  _emscripten_stack_restore(top: number): void
}

let loading: Promise<Mujoco> | undefined

/** The thread's MuJoCo. The first call takes about 0.1 s. */
export function loadMujoco(): Promise<Mujoco> {
  loading ??= instantiate().catch(error => {
    // A page may have been offline for a moment; the next call tries again.
    loading = undefined
    throw error
  })
  return loading
}

async function instantiate(): Promise<Mujoco> {
  const module = await WebAssembly.compile(await readAsset(wasmUrl()))
  const failure = Promise.withResolvers<never>()
  let exports: WebAssembly.Exports = {}
  const creating = createMujoco({
    // Taking over the instantiation gives access to the imports, which need mending, and to the heap.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      mendBooleanArrays(imports.env)
      WebAssembly.instantiate(module, imports).then(instance => {
        exports = instance.exports
        done(instance)
      }, failure.reject)
      return {}
    },
  })
  const bindings = await Promise.race([creating, failure.promise])
  const { emscripten_stack_get_current: stackTop, _emscripten_stack_restore: restoreStack } =
    exports as unknown as StackExports
  const idle = stackTop()
  return {
    bindings,
    disk: new bindings.MjVFS(),
    heapBytes: () => (exports.memory as WebAssembly.Memory).buffer.byteLength,
    recover: () => restoreStack(idle),
  }
}

function wasmUrl(): URL {
  const node = globalThis.process?.getBuiltinModule?.('node:module')
  // The bundler of a page replaces the second expression by the address of the file it ships.
  if (node === undefined) return new URL('@mujoco/mujoco/mujoco.wasm', import.meta.url)
  const file = node.createRequire(import.meta.url).resolve('@mujoco/mujoco/mujoco.wasm')
  return globalThis.process.getBuiltinModule('node:url').pathToFileURL(file)
}

/**
 * In 3.9 to 3.14 every array of booleans (jnt_limited, actuator_ctrllimited, ...) throws a BindingError, because the
 * bindings register no view for bool. A bool is a byte, so such a view is handed out as a Uint8Array. Should a later
 * package name its imports otherwise, this does nothing.
 */
function mendBooleanArrays(imports: WebAssembly.ModuleImports): void {
  type Register = (rawType: number, arrayType: number, name: number) => void
  type Take = (rawType: number, pointer: number) => number
  const register = imports._embind_register_memory_view as Register | undefined
  const take = imports._emval_take_value as Take | undefined
  if (register === undefined || take === undefined) return
  const UINT8_ARRAY = 1 // embind's number of the array type
  const booleans = new Set<number>()
  let bytes: number | undefined
  imports._embind_register_memory_view = (rawType: number, arrayType: number, name: number) => {
    if (arrayType === UINT8_ARRAY) bytes ??= rawType
    register(rawType, arrayType, name)
  }
  imports._emval_take_value = (rawType: number, pointer: number): number => {
    if (bytes !== undefined && booleans.has(rawType)) return take(bytes, pointer)
    try {
      return take(rawType, pointer)
    } catch (error) {
      // 'b' is how C++ mangles bool.
      if (bytes === undefined || !/memory_viewIbE/.test(String(error))) throw error
      booleans.add(rawType)
      return take(bytes, pointer)
    }
  }
}

/** Compiles a model. Throws CarrotError 'bad-model' with MuJoCo's words and line. */
export function compileModel(mujoco: Mujoco, { name, xml, files }: ModelFiles): MjModel {
  const { bindings, disk } = mujoco
  try {
    for (const [path, bytes] of files) disk.addBuffer(path, bytes)
    return bindings.MjModel.from_xml_string(xml, disk)
  } catch (error) {
    mujoco.recover()
    const words = wordsOf(error)
    // The engine's own errors name a line of its source; those of included files are said to be in line 0.
    const line = /engine error/.test(words) ? undefined : /line ([1-9]\d*)/.exec(words)?.[1]
    throw new CarrotError(
      'bad-model',
      `The model does not compile. MuJoCo says: ${words}.`,
      'Mend the MJCF there; https://mujoco.readthedocs.io/en/stable/XMLreference.html lists what is allowed.',
      { file: name, line: line === undefined ? undefined : Number(line) },
    )
  } finally {
    for (const path of files.keys()) disk.deleteFile(path)
  }
}

/** What to throw when the engine has thrown in the middle of a computation, such as for want of memory. */
export function engineError(mujoco: Mujoco, error: unknown): CarrotError {
  mujoco.recover()
  return new CarrotError(
    'bad-model',
    `The simulation stopped. MuJoCo says: ${wordsOf(error)}.`,
    'If memory ran out, raise <size memory="..."/> in the MJCF.',
  )
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .trim()
    .replace(/\s*\n\s*/g, '; ')
    .replace(/\.$/, '')
