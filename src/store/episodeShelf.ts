/** The recordings of a run: written behind training's back, thinned out when they take too much space. */
import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { EpisodeSummary } from '../core/events.ts'
import { writeWhole } from './files.ts'
import { paths } from './layout.ts'
import { readLog } from './log.ts'
import { storedEpisodes } from './read.ts'
import { leastMissed } from './thin.ts'

/** Recordings waiting for the disk may take this much memory. */
const MAX_WAITING = 64e6
/** Filled to this part, the person is told. */
const NEARLY = 0.9

export class EpisodeShelf {
  private readonly folder: string
  private readonly maxBytes: number
  private readonly warn: (message: string) => void
  private readonly kept: EpisodeSummary[]
  private readonly sizes = new Map<string, number>()
  private bytes = 0
  private waiting = 0
  private leftOut = 0
  private warned = false

  constructor(folder: string, maxBytes: number, warn: (message: string) => void) {
    this.folder = folder
    this.maxBytes = maxBytes
    this.warn = warn
    this.kept = storedEpisodes(folder, readLog(paths(folder).log).events)
    for (const { id } of this.kept) this.count(id, statSync(paths(folder).episode(id)).size)
  }

  /** True when the disk does not keep up. */
  get full(): boolean {
    return this.waiting >= MAX_WAITING
  }

  /** Counts a recording that was not kept. */
  leaveOut(): false {
    this.leftOut++
    if (this.leftOut === 1) {
      this.warn('The disk is too slow for the recordings: some episodes are left out of the run.')
    }
    return false
  }

  /** Takes the bytes on, and returns the work of writing them. */
  put(summary: EpisodeSummary, bytes: Uint8Array): () => Promise<true> {
    this.waiting += bytes.length
    return async () => {
      try {
        await writeWhole(paths(this.folder).episode(summary.id), bytes, `episode ${summary.id}`)
      } finally {
        this.waiting -= bytes.length
      }
      this.add(summary, bytes.length)
      await this.thin()
      return true
    }
  }

  private add(summary: EpisodeSummary, bytes: number): void {
    const known = this.kept.findIndex(({ id }) => id === summary.id)
    if (known >= 0) this.kept.splice(known, 1)
    let at = this.kept.length
    while (at > 0 && this.kept[at - 1].atStep > summary.atStep) at--
    this.kept.splice(at, 0, summary)
    this.count(summary.id, bytes)
  }

  private count(id: string, bytes: number): void {
    this.bytes += bytes - (this.sizes.get(id) ?? 0)
    this.sizes.set(id, bytes)
  }

  private async thin(): Promise<void> {
    if (this.bytes > NEARLY * this.maxBytes && !this.warned) {
      this.warned = true
      const megabytes = (n: number): string => `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`
      this.warn(
        `Recorded episodes take ${megabytes(this.bytes)} of the ${megabytes(this.maxBytes)} allowed (maxEpisodeBytes). ` +
          'Beyond that they are thinned out evenly; the first, the best and the newest stay.',
      )
    }
    while (this.bytes > this.maxBytes) {
      const victim = leastMissed(this.kept)
      if (victim === undefined) return
      await rm(paths(this.folder).episode(victim.id), { force: true })
      this.kept.splice(this.kept.indexOf(victim), 1)
      this.bytes -= this.sizes.get(victim.id) ?? 0
      this.sizes.delete(victim.id)
    }
  }
}
