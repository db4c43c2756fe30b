/** One ONNX network, whatever runs it. */

/** What a network takes or gives; a size that may vary is given by name. */
export interface ValueInfo {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** Numbers with their shape. */
export interface Numbers<Data = Float32Array | Int32Array> {
  readonly data: Data
  readonly shape: readonly number[]
}

export interface Network {
  readonly file: string
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /** One of its outputs, from all its inputs by name; whole numbers and halves become what it takes. */
  run(feeds: Readonly<Record<string, Numbers>>, output: string): Promise<Numbers<Float32Array>>
  close(): Promise<void>
}

/** Of an error of the runtime's, what is worth saying. */
export const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error)
    .split('\n')[0]
    .trim()
    .replace(/\.$/, '')
