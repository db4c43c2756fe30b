import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRun, resumeRun } from '../../src/store/index.ts'
import { crc32c, TensorBoardFile } from '../../src/store/tensorboard.ts'
import { inFolder, metrics, newRun, start } from './fixture.ts'

interface Scalar {
  readonly tag: string
  readonly step: number
  readonly value: number
}
interface Read {
  readonly version: string | undefined
  readonly scalars: Scalar[]
  /** Steps of restarts. */
  readonly restarts: number[]
}

/** CRC-32C by polynomial division, bit by bit: no table, so that it can disagree with the writer's. */
function crcByDivision(bytes: Uint8Array): number {
  let crc = 0xffffffffn
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const feed = (crc ^ (BigInt(byte) >> BigInt(bit))) & 1n
      crc = (crc >> 1n) ^ (feed === 1n ? 0x82f63b78n : 0n)
    }
  }
  return Number(crc ^ 0xffffffffn)
}

function checkedRecords(bytes: Buffer): Buffer[] {
  const unmask = (stored: number): number => {
    const rotated = (stored - 0xa282ead8) >>> 0
    return ((rotated << 15) | (rotated >>> 17)) >>> 0
  }
  const records: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(unmask(bytes.readUInt32LE(at + 8))).toBe(crcByDivision(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(unmask(bytes.readUInt32LE(at + 12 + length))).toBe(crcByDivision(data))
    records.push(data)
    at += 16 + length
  }
  return records
}

/** Fields of a protocol buffer message: numbers of varints, bytes of all others. */
function* fields(bytes: Buffer): Generator<[number, number | Buffer]> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const wire = key & 7
    if (wire === 0) {
      yield [key >> 3, varint()]
      continue
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : varint()
    yield [key >> 3, bytes.subarray(at, at + length)]
    at += length
  }
}

function readEvents(file: string): Read {
  const read = { version: undefined as string | undefined, scalars: [] as Scalar[], restarts: [] as number[] }
  for (const record of checkedRecords(readFileSync(file))) {
    const event = new Map(fields(record))
    const step = event.get(2) as number
    expect((event.get(1) as Buffer).readDoubleLE()).toBeGreaterThan(1.6e9)
    if (event.has(3)) read.version = String(event.get(3))
    for (const [, value] of fields((event.get(5) as Buffer | undefined) ?? Buffer.alloc(0))) {
      const scalar = new Map(fields(value as Buffer))
      read.scalars.push({ tag: String(scalar.get(1)), step, value: (scalar.get(2) as Buffer).readFloatLE() })
    }
    if (event.has(7) && new Map(fields(event.get(7) as Buffer)).get(1) === 1) read.restarts.push(step)
  }
  return read
}

const eventFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.includes('tfevents'))
    .sort()
    .map(name => join(folder, name))

test('the checksum is CRC-32C', () => {
  // The check value of the polynomial's definition (RFC 3720, appendix B.4, has the same polynomial's others).
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
})

test('metrics can be read back from the event file by another reader', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(start())
    store.event(metrics(300, { 'loss/policy': 0.25, 'episode/return': Number.NaN, größe: -2 }))
    store.event(metrics(3_000_000_000, { 'loss/policy': 1.5 }))
    const evaluated = { episodes: 2, returnMean: 5, returnStd: 1, nativeReturnMean: 4, successRate: 0.5 }
    const reward = { name: 'stand', hash: 'a' }
    const about = { run: 'r', env: 'e', reward, seed: 1, device: 'wasm', seconds: 1, stepsPerSecond: 1 }
    store.event({ type: 'end', stopped: false, result: { ...about, steps: 4, eval: evaluated } })
    await store.close()
    const [file] = eventFiles(store.folder)
    const { version, scalars, restarts } = readEvents(file)
    expect(version).toBe('brain.Event:2')
    expect(restarts).toEqual([])
    expect(scalars).toEqual([
      { tag: 'loss/policy', step: 300, value: 0.25 },
      { tag: 'größe', step: 300, value: -2 },
      { tag: 'loss/policy', step: 3_000_000_000, value: 1.5 },
      { tag: 'eval/episodes', step: 4, value: 2 },
      { tag: 'eval/returnMean', step: 4, value: 5 },
      { tag: 'eval/returnStd', step: 4, value: 1 },
      { tag: 'eval/nativeReturnMean', step: 4, value: 4 },
      { tag: 'eval/successRate', step: 4, value: 0.5 },
    ])
  }))

test('a resumed run writes a file of its own, later in order, that takes the repeated steps back', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(start())
    store.event(metrics(8))
    await store.close()
    const again = resumeRun(store.folder)
    again.event(start(4))
    again.event(metrics(8))
    await again.close()
    const [first, second, ...others] = eventFiles(store.folder)
    expect(others).toEqual([])
    expect(readEvents(first).scalars.length).toBe(1)
    expect(readEvents(second)).toMatchObject({ restarts: [5], scalars: [{ step: 8 }] })
  }))

/** What TensorBoard's own loader reads from a folder, where Python has it. */
const LOADER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
reader = EventAccumulator(sys.argv[1]); reader.Reload()
print(json.dumps({tag: [[e.step, e.value] for e in reader.Scalars(tag)] for tag in reader.Tags()['scalars']}))
`

test('TensorBoard itself reads the files, where it is installed', () =>
  inFolder(root => {
    const folder = join(root, 'board')
    mkdirSync(folder)
    const first = new TensorBoardFile(folder)
    for (const step of [1, 2, 3]) first.scalars(step, { 'loss/policy': step / 4 })
    first.close()
    const second = new TensorBoardFile(folder)
    second.restart(1)
    second.scalars(2, { 'loss/policy': 7 })
    second.close()
    const script = join(root, 'load.py')
    writeFileSync(script, LOADER)
    const python = process.env.PYTHON ?? 'python3'
    const { status, stdout, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' })
    const read = eventFiles(folder).flatMap(file => readEvents(file).scalars)
    expect(read.map(scalar => [scalar.step, scalar.value])).toEqual([
      [1, 0.25],
      [2, 0.5],
      [3, 0.75],
      [2, 7],
    ])
    if (status !== 0) {
      // No Python, or one without TensorBoard: then the reader above is the only judge.
      expect(stderr ?? '').toMatch(/^$|No module named 'tensorboard'/)
      return
    }
    expect(JSON.parse(stdout)).toEqual({
      'loss/policy': [
        [1, 0.25],
        [2, 7],
      ],
    })
  }))
