/** Writes WebAssembly modules byte by byte: just the parts that straight-line SIMD loops need. */

export const I32 = 0x7f
export const V128 = 0x7b
type ValueType = typeof I32 | typeof V128

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return bytes
}

/** Signed LEB128 of a 32-bit number. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 127
    rest >>= 7
    const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)
    bytes.push(done ? low : low | 128)
    if (done) return bytes
  }
}

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)]
  return [...unsigned(bytes.length), ...bytes]
}
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
]

/** SIMD instructions by the number after the 0xfd prefix (the WebAssembly SIMD and relaxed SIMD specifications). */
export const SIMD = {
  load: 0x00,
  loadSplat: 0x09,
  store: 0x0b,
  constant: 0x0c,
  extractLane: 0x1f,
  equal: 0x41,
  notEqual: 0x42,
  less: 0x43,
  greater: 0x44,
  and: 0x4e,
  bitselect: 0x52,
  loadLane32: 0x56,
  storeLane32: 0x5a,
  storeLane64: 0x5b,
  nearest: 0x6a,
  shiftLeftI32: 0xab,
  shiftRightI32: 0xac,
  addI32: 0xae,
  subI32: 0xb1,
  abs: 0xe0,
  neg: 0xe1,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  /** A NaN on either side stays; several x86 instructions. */
  min: 0xe8,
  max: 0xe9,
  /** pmin(a, b) = b < a ? b : a, one x86 instruction; a NaN in a stays. */
  pmin: 0xea,
  pmax: 0xeb,
  truncateI32: 0xf8,
  convertI32: 0xfa,
  relaxedMadd: 0x105,
} as const
export type SimdName = keyof typeof SIMD

/** The body of one function without parameters or results. */
export class FunctionWriter {
  private readonly head: number[] = []
  private code: number[] = []
  private readonly types: ValueType[] = []

  local(type: ValueType): number {
    this.types.push(type)
    return this.types.length - 1
  }
  get(local: number): this {
    return this.emit(0x20, ...unsigned(local))
  }
  set(local: number): this {
    return this.emit(0x21, ...unsigned(local))
  }
  i32(value: number): this {
    return this.emit(0x41, ...signed(value))
  }
  addI32(): this {
    return this.emit(0x6a)
  }
  subI32(): this {
    return this.emit(0x6b)
  }
  multiplyI32(): this {
    return this.emit(0x6c)
  }
  call(index: number): this {
    return this.emit(0x10, ...unsigned(index))
  }
  /** Fills bytes: address, value and length are on the stack. */
  memoryFill(): this {
    return this.emit(0xfc, 0x0b, 0x00)
  }
  /** Copies bytes: target, source and length are on the stack. */
  memoryCopy(): this {
    return this.emit(0xfc, 0x0a, 0x00, 0x00)
  }
  /** A float32 ≥ 0 as an integer; 0 where it is not a number. */
  truncateF32(): this {
    return this.emit(0xfc, 0x01)
  }
  /** A float32 from memory: address on the stack. */
  loadF32(offset: number): this {
    return this.emit(0x2a, 0x02, ...unsigned(offset))
  }
  storeF32(offset: number): this {
    return this.emit(0x38, 0x02, ...unsigned(offset))
  }
  addF32(): this {
    return this.emit(0x92)
  }
  maxF32(): this {
    return this.emit(0x97)
  }
  simd(name: SimdName, ...immediates: number[]): this {
    return this.emit(0xfd, ...unsigned(SIMD[name]), ...immediates)
  }
  /** Memory access at (address on the stack) + offset, with an optional lane. */
  access(
    name: 'load' | 'loadSplat' | 'store' | 'loadLane32' | 'storeLane32' | 'storeLane64',
    offset: number,
    lane?: number,
  ): this {
    // Alignment is a hint; 2^0 promises nothing.
    return this.simd(name, 0x00, ...unsigned(offset), ...(lane === undefined ? [] : [lane]))
  }
  /** Four equal float32 numbers. */
  splatF32(value: number): this {
    const bytes = [...new Uint8Array(Float32Array.of(value, value, value, value).buffer)]
    return this.simd('constant', ...bytes)
  }
  /** Four int32 numbers. */
  constantI32(...lanes: [number, number, number, number]): this {
    return this.simd('constant', ...new Uint8Array(Int32Array.from(lanes).buffer))
  }
  /** What `write` writes runs once, before everything else. */
  first(write: () => void): this {
    const rest = this.code
    this.code = this.head
    write()
    this.code = rest
    return this
  }
  /** Runs `body` `count` (≥ 1) times. */
  repeat(count: number, body: () => void): this {
    if (count === 1) {
      body()
      return this
    }
    const left = this.local(I32)
    this.i32(count).set(left).emit(0x03, 0x40)
    body()
    // left -= 1; branch to the loop's start while it is not 0.
    return this.get(left)
      .i32(1)
      .subI32()
      .emit(0x22, ...unsigned(left), 0x0d, 0x00, 0x0b)
  }

  private emit(...bytes: number[]): this {
    this.code.push(...bytes)
    return this
  }

  /** Locals and code, as the code section wants them. */
  bytes(): number[] {
    const locals = list(this.types.map(type => [1, type]))
    const code = [...locals, ...this.head, ...this.code, 0x0b]
    return [...unsigned(code.length), ...code]
  }
}

/** A module that imports a memory and functions from 'env' and exports one function, 'run'. */
export function assemble(
  imports: readonly { readonly name: string; readonly parameters: number }[],
  pages: number,
  functions: readonly FunctionWriter[],
): Uint8Array<ArrayBuffer> {
  const types = [
    [0x60, 0x00, 0x00],
    ...imports.map(({ parameters }) => [
      0x60,
      ...list(Array.from({ length: parameters }, () => [I32])),
      0x00,
    ]),
  ]
  const importList = [
    [...text('env'), ...text('memory'), 0x02, 0x00, ...unsigned(pages)],
    ...imports.map(({ name }, i) => [...text('env'), ...text(name), 0x00, ...unsigned(i + 1)]),
  ]
  const last = imports.length + functions.length - 1
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list(importList)),
    ...section(3, list(functions.map(() => [0x00]))),
    ...section(7, list([[...text('run'), 0x00, ...unsigned(last)]])),
    ...section(10, list(functions.map(f => f.bytes()))),
  ])
}
