/** The log of a run: one JSON event a line. A last line without its end was cut off in mid-write and does not count. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { TrainEvent } from '../core/events.ts'
import type { Metrics } from '../core/policy.ts'
import { AppendFile } from './files.ts'

const NEWLINE = 10

export interface LogRead {
  readonly events: TrainEvent[]
  /** Bytes up to the end of the last complete line: where to read on, and where a writer goes on. */
  readonly end: number
}

/** The complete lines from byte `from` on. A file that is missing reads as empty. */
export function readLog(file: string, from = 0): LogRead {
  const bytes = readFrom(file, from)
  const complete = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
  const events: TrainEvent[] = []
  for (const line of complete.toString('utf8').split('\n')) {
    const event = parse(line)
    if (event !== undefined) events.push(event)
  }
  return { events, end: from + complete.length }
}

function readFrom(file: string, from: number): Buffer {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - from))
    let done = 0
    while (done < bytes.length) {
      const count = readSync(fd, bytes, done, bytes.length - done, from + done)
      if (count === 0) break
      done += count
    }
    return bytes.subarray(0, done)
  } finally {
    closeSync(fd)
  }
}

/** A power cut can leave a line of rubbish; one lost event must not hide all the others. */
function parse(line: string): TrainEvent | undefined {
  if (line === '') return undefined
  try {
    const event = JSON.parse(line) as TrainEvent
    return event.type === 'metrics' ? { ...event, values: withNaN(event.values) } : event
  } catch {
    return undefined
  }
}

/** JSON has no NaN and writes null. */
const withNaN = (values: Metrics): Metrics =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]))

/** Appends events; first drops a last line that was cut off. */
export class EventLog {
  private readonly out: AppendFile

  constructor(file: string) {
    this.out = new AppendFile(file, 'the log', readLog(file).end)
  }

  /** Throws CarrotError 'no-space'; the log then ends with the event before. */
  append(event: TrainEvent): void {
    this.out.append(new TextEncoder().encode(`${JSON.stringify(event)}\n`))
  }

  close(): void {
    this.out.close()
  }
}
