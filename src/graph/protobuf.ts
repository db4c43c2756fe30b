/** Encodes protocol buffer messages field by field, and reads them, as far as ONNX files need it (protobuf.dev/programming-guides/encoding). */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = []

  /** A non-negative integer. */
  integer(field: number, value: number): this {
    return this.tag(field, 0).varint(value)
  }
  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, 2).varint(value.length).raw(value)
  }
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }
  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter()
    write(inner)
    return this.bytes(field, inner.finish())
  }

  /** The fields of another writer. */
  append(other: ProtobufWriter): this {
    return this.raw(other.finish())
  }

  finish(): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let offset = 0
    for (const chunk of this.chunks) {
      result.set(chunk, offset)
      offset += chunk.length
    }
    return result
  }

  private tag(field: number, wireType: number): this {
    return this.varint(field * 8 + wireType)
  }
  private raw(value: Uint8Array): this {
    this.chunks.push(value)
    return this
  }
  private varint(value: number): this {
    const bytes: number[] = []
    let rest = value
    while (rest > 127) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
    return this.raw(Uint8Array.from(bytes))
  }
}

/** A field as it lies in a message: integers are signed, 32-bit floats and nested messages are bytes. */
export interface ProtobufField {
  readonly field: number
  readonly value: number | Uint8Array
}

/** The fields of a message in their order. Throws RangeError where it ends too early, or is none. */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) break
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(BigInt.asIntN(64, value))
    }
    throw new RangeError('A number is cut off.')
  }
  const take = (length: number): Uint8Array => {
    if (!(length >= 0 && at + length <= bytes.length)) throw new RangeError('A field is cut off.')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = varint()
    const field = Math.floor(tag / 8)
    const wire = tag % 8
    if (wire === 0) yield { field, value: varint() }
    else if (wire === 1) yield { field, value: take(8) }
    else if (wire === 2) yield { field, value: take(varint()) }
    else if (wire === 5) yield { field, value: take(4) }
    else throw new RangeError(`There are no fields of kind ${wire}.`)
  }
}
