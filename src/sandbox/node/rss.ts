/** Watches how much memory a process takes. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often it is looked at, ms: where that is a file, and where it takes a process. */
const EVERY = { linux: 20, darwin: 250 } as const
/** Bytes of a page of memory. */
const PAGE = 4096

/** Calls `onTooMuch` once. Windows tells nobody cheaply; there the limit of the heap must do. */
export class Rss implements Disposable {
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(pid: number | undefined, limit: number, onTooMuch: () => void) {
    const { platform } = process
    if (pid === undefined || !(platform === 'linux' || platform === 'darwin')) return
    const judge = (bytes: number): void => {
      if (!(bytes > limit) || this.timer === undefined) return
      this[Symbol.dispose]()
      onTooMuch()
    }
    this.timer = setInterval(() => {
      if (platform === 'linux') judge(linuxRss(pid))
      else execFile('ps', ['-o', 'rss=', '-p', String(pid)], (_, out) => judge(1024 * Number(out)))
    }, EVERY[platform])
    this.timer.unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer)
    this.timer = undefined
  }
}

function linuxRss(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE
  } catch {
    // It has ended.
    return 0
  }
}
