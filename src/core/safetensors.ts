/**
 * The safetensors file format (Hugging Face): an 8-byte little-endian header length, a JSON header, then raw
 * little-endian tensors. Readable from Python, Rust and here; no code is executed on loading.
 */
import { CarrotError } from './errors.ts'

export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array
export interface NamedTensor {
  readonly shape: readonly number[]
  readonly data: TensorData
}
export interface TensorFile {
  readonly tensors: Readonly<Record<string, NamedTensor>>
  /** Free text by key, kept in the header. */
  readonly metadata: Readonly<Record<string, string>>
}

const DTYPES = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U8: Uint8Array } as const
type Dtype = keyof typeof DTYPES

function dtypeOf(data: TensorData): Dtype {
  for (const [name, type] of Object.entries(DTYPES)) if (data instanceof type) return name as Dtype
  throw new CarrotError(
    'protocol-misuse',
    'A tensor of an unknown type was to be saved.',
    'Use F32, F64, I32 or U8.',
  )
}

/** Serialises tensors; 8-byte types first, so that every tensor starts aligned. */
export function encodeTensors(file: TensorFile): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(file.tensors).sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  )
  const header: Record<string, unknown> = { __metadata__: file.metadata }
  let end = 0
  for (const [name, { shape, data }] of entries) {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  let json = JSON.stringify(header)
  json = json.padEnd(json.length + ((8 - (new TextEncoder().encode(json).length % 8)) % 8))
  const head = new TextEncoder().encode(json)
  const bytes = new Uint8Array(8 + head.length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true)
  bytes.set(head, 8)
  let at = 8 + head.length
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** Reads a file back. Throws CarrotError 'bad-file' when it is cut off or not of this format. */
export function decodeTensors(bytes: Uint8Array, name = 'tensor file'): TensorFile {
  const broken = (why: string): never => {
    throw new CarrotError(
      'bad-file',
      `${name} ${why}.`,
      'It was probably cut off while being written; use an earlier one.',
    )
  }
  if (bytes.length < 8) broken('is shorter than its own header')
  const headLength = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (8 + headLength > bytes.length) broken('ends inside its header')
  let header: Record<string, { dtype: Dtype; shape: number[]; data_offsets: [number, number] }>
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headLength)))
  } catch {
    return broken('has an unreadable header')
  }
  const { __metadata__: metadata = {}, ...entries } = header as typeof header & {
    __metadata__?: Record<string, string>
  }
  const tensors: Record<string, NamedTensor> = {}
  for (const [key, entry] of Object.entries(entries)) {
    const type = DTYPES[entry.dtype]
    const [from, to] = entry.data_offsets
    if (type === undefined) broken(`holds '${key}' in the unsupported type ${entry.dtype}`)
    if (8 + headLength + to > bytes.length) broken(`ends inside '${key}'`)
    // A copy: the file's tensors need not be aligned for their type, and views would keep the whole file alive.
    // Not slice(): Node's Buffer, which reading a file gives, overrides it with one that does not copy.
    const raw = new Uint8Array(bytes.subarray(8 + headLength + from, 8 + headLength + to))
    tensors[key] = {
      shape: entry.shape,
      data: new type(raw.buffer, 0, raw.byteLength / type.BYTES_PER_ELEMENT),
    }
  }
  return { tensors, metadata: metadata as Record<string, string> }
}
