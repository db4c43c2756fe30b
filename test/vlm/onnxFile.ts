/** Writes small ONNX networks node by node, in the forms that exporters give them and our own graphs do not have. */
import { ProtobufWriter } from '../../src/graph/protobuf.ts'
import { halfOf } from '../../src/vlm/half.ts'

export const TYPES = { float32: 1, int8: 3, int32: 6, int64: 7, float16: 10 } as const
export type Type = keyof typeof TYPES

type Dimension = number | string
type Attribute = number | readonly number[]

export class OnnxFile {
  private readonly nodes = new ProtobufWriter()
  private readonly weights = new ProtobufWriter()
  private readonly inputs = new ProtobufWriter()
  private readonly outputs = new ProtobufWriter()
  private count = 0

  input(name: string, type: Type, shape: readonly Dimension[]): string {
    describe(this.inputs, 11, name, type, shape)
    return name
  }

  output(name: string, type: Type, shape: readonly Dimension[]): void {
    describe(this.outputs, 12, name, type, shape)
  }

  weight(shape: readonly number[], values: readonly number[], type: Type = 'float32'): string {
    const name = `w${this.count++}`
    const data = bytesOf(values, type)
    this.weights.message(5, tensor => {
      for (const size of shape) tensor.integer(1, size)
      tensor.integer(2, TYPES[type]).text(8, name).bytes(9, data)
    })
    return name
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: readonly string[] = [`v${this.count++}`],
  ): string {
    this.nodes.message(1, node => {
      for (const input of inputs) node.text(1, input)
      for (const output of outputs) node.text(2, output)
      node.text(4, op)
      for (const [name, value] of Object.entries(attributes)) {
        node.message(5, attribute => {
          attribute.text(1, name)
          if (typeof value === 'number') attribute.integer(3, value).integer(20, 2)
          else {
            for (const item of value) attribute.integer(8, item)
            attribute.integer(20, 7)
          }
        })
      }
    })
    return outputs[0]
  }

  bytes(): Uint8Array {
    return new ProtobufWriter()
      .integer(1, 8)
      .message(7, graph =>
        graph
          .append(this.nodes)
          .text(2, 'test')
          .append(this.weights)
          .append(this.inputs)
          .append(this.outputs),
      )
      .message(8, opset => opset.text(1, '').integer(2, 17))
      .finish()
  }
}

function bytesOf(values: readonly number[], type: Type): Uint8Array {
  const array = {
    float32: () => Float32Array.from(values),
    int8: () => Int8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    float16: () => Uint16Array.from(values, halfOf),
  }[type]()
  return new Uint8Array(array.buffer)
}

function describe(
  to: ProtobufWriter,
  field: number,
  name: string,
  type: Type,
  shape: readonly Dimension[],
): void {
  to.message(field, info =>
    info.text(1, name).message(2, value =>
      value.message(1, tensor =>
        tensor.integer(1, TYPES[type]).message(2, dimensions => {
          for (const size of shape) {
            dimensions.message(1, dimension => {
              if (typeof size === 'number') dimension.integer(1, size)
              else dimension.text(2, size)
            })
          }
        }),
      ),
    ),
  )
}
