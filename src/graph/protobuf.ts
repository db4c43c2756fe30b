/** Encodes protocol buffer messages field by field, as far as ONNX files need it (protobuf.dev/programming-guides/encoding). */
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
