/**
 * TensorBoard's event file: TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of that) of Event protocol
 * buffers. `tensorboard --logdir runs` shows every run. Field numbers are those of TensorFlow's event.proto and summary.proto.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Metrics } from '../core/policy.ts'
import { AppendFile } from './files.ts'

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** TFRecord's masking, for data that may itself hold checksums. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

function record(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + 4 + data.length + 4)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, masked(crc32c(out.subarray(0, 8))), true)
  out.set(data, 12)
  view.setUint32(12 + data.length, masked(crc32c(data)), true)
  return out
}

/** Wire types of protocol buffers. */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

function varint(value: number): number[] {
  const out: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  out.push(Number(rest))
  return out
}
const tag = (field: number, wire: number): number[] => varint(field * 8 + wire)
const integer = (field: number, value: number): number[] => [...tag(field, VARINT), ...varint(value)]
const double = (field: number, value: number): number[] => [
  ...tag(field, FIXED64),
  ...new Uint8Array(Float64Array.of(value).buffer),
]
const float = (field: number, value: number): number[] => [
  ...tag(field, FIXED32),
  ...new Uint8Array(Float32Array.of(value).buffer),
]
const message = (field: number, bytes: ArrayLike<number>): number[] => [
  ...tag(field, BYTES),
  ...varint(bytes.length),
  ...Array.from(bytes),
]
const text = (field: number, value: string): number[] => message(field, new TextEncoder().encode(value))

/** Event: wall_time = 1, step = 2, then one of file_version = 3, summary = 5, session_log = 7. */
const event = (seconds: number, step: number, what: number[]): Uint8Array =>
  record(Uint8Array.from([...double(1, seconds), ...integer(2, step), ...what]))

/** Writes scalars into a file of its own: TensorBoard reads all of a folder, and cannot read on after a cut-off record. */
export class TensorBoardFile {
  private readonly out: AppendFile

  constructor(folder: string, now = Date.now()) {
    let seconds = Math.floor(now / 1000)
    const fileAt = (): string => join(folder, `events.out.tfevents.${seconds}.carrot`)
    while (existsSync(fileAt())) seconds++
    this.out = new AppendFile(fileAt(), 'the TensorBoard file')
    this.out.append(event(seconds, 0, text(3, 'brain.Event:2')))
  }

  /** Tells readers that what they have from later than `step` was done again (SessionLog.START = 1). */
  restart(step: number, now = Date.now()): void {
    this.out.append(event(now / 1000, step + 1, message(7, integer(1, 1))))
  }

  /** One value per name at `step`; what is not finite is left out, as TensorBoard cannot draw it. */
  scalars(step: number, values: Metrics, now = Date.now()): void {
    const summary = Object.entries(values)
      .filter(([, value]) => Number.isFinite(value))
      .flatMap(([name, value]) => message(1, [...text(1, name), ...float(2, value)]))
    if (summary.length > 0) this.out.append(event(now / 1000, step, message(5, summary)))
  }

  close(): void {
    this.out.close()
  }
}
