/** A run read back from its folder, also while another process is still recording it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { decodeEpisode, type EpisodeRecord } from '../core/episode.ts'
import { CarrotError } from '../core/errors.ts'
import type { EpisodeSummary, EvalResult, ProgramInfo, TrainEvent } from '../core/events.ts'
import { decodeTensors } from '../core/safetensors.ts'
import { FORMAT, findRun, isPlainName, paths, type RunHeader, runNames, runsRoot } from './layout.ts'
import { locked } from './lock.ts'
import { type LogRead, readLog } from './log.ts'
import {
  type EvalRow,
  evalsOf,
  lastEval,
  type MetricsRow,
  metricsOf,
  progressOf,
  storedEpisodes,
} from './read.ts'
import type { CheckpointTensors } from './runStore.ts'

export interface Checkpoint {
  readonly step: number
  readonly file: string
  readonly tensors: CheckpointTensors
  /** As given to `RunStore.checkpoint`. */
  readonly metadata: unknown
}

/** One line of `carrot list runs`. */
export interface RunSummary {
  readonly name: string
  readonly folder: string
  readonly env: string
  /** Name of the program in force. */
  readonly reward: string
  readonly seed: number
  readonly createdAt: string
  /** Environment steps done, and planned. */
  readonly step: number
  readonly steps: number
  /** A process is recording it now. */
  readonly live: boolean
  /** Absent until a training ended. */
  readonly eval?: EvalResult
}

/** Opens a run to read, by its folder or its name. Throws CarrotError 'bad-run' or 'bad-file'. */
export function openRun(folderOrName: string, root?: string): StoredRun {
  return new StoredRun(findRun(folderOrName, root))
}

/** All runs below `root` that can be read, oldest first. */
export function listRuns(root?: string): RunSummary[] {
  return runNames(root)
    .flatMap(name => {
      try {
        return [new StoredRun(join(runsRoot(root), name)).summary()]
      } catch (error) {
        if (error instanceof CarrotError) return []
        throw error
      }
    })
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
}

/** Every method reads the folder as it is at the call. */
export class StoredRun {
  readonly folder: string
  readonly name: string
  readonly header: RunHeader

  /** Use `openRun`. */
  constructor(folder: string) {
    this.folder = folder
    this.name = basename(folder)
    this.header = this.json<RunHeader>(paths(folder).header)
    if (this.header.format > FORMAT) {
      throw new CarrotError(
        'bad-run',
        `The run ${this.name} was recorded by a newer version of carrot.`,
        'Update carrot: npm install carrot-rl@latest.',
      )
    }
  }

  /** As it was given, not yet checked. */
  get config(): unknown {
    const file = paths(this.folder).config
    try {
      return parse(this.text(file))
    } catch (error) {
      if (error instanceof CarrotError) throw error
      throw damaged(file, (error as Error).message)
    }
  }

  /** The program in force. */
  get program(): ProgramInfo {
    return this.json<ProgramInfo>(paths(this.folder).program)
  }

  /**
   * File of a program that was in force, as a module that imports 'carrot-rl' alone; by its hash, by default of the
   * last. Throws CarrotError 'bad-run' when there is none of that hash.
   */
  programFile(hash = this.program.hash): string {
    const file = paths(this.folder).programModule(hash)
    if (isPlainName(hash) && existsSync(file)) return file
    throw new CarrotError(
      'bad-run',
      `The run ${this.name} has no reward program with hash ${hash}.`,
      'Score with another program: --reward <name or file>.',
    )
  }

  /** As it was written; of a program in several files, the first of them. */
  programSource(hash: string): string | undefined {
    const file = paths(this.folder).programSource(hash)
    return isPlainName(hash) && existsSync(file) ? file : undefined
  }

  /** Environment steps done, and planned. */
  progress(): { step: number; steps: number } {
    return progressOf(this.events())
  }

  /** A process is recording it now. */
  get live(): boolean {
    return locked(this.folder)
  }

  log(from = 0): LogRead {
    return readLog(paths(this.folder).log, from)
  }

  events(): TrainEvent[] {
    return this.log().events
  }

  metrics(): MetricsRow[] {
    return metricsOf(this.events())
  }

  /** Evaluations while training, in order of steps. */
  evals(): EvalRow[] {
    return evalsOf(this.events())
  }

  /** Episodes whose recording is there, oldest first. */
  episodes(): EpisodeSummary[] {
    return storedEpisodes(this.folder, this.events())
  }

  /** The file of a recording; undefined when there is none of that id. */
  async episodeBytes(id: string): Promise<Uint8Array | undefined> {
    if (!isPlainName(id)) return undefined
    try {
      return await readFile(paths(this.folder).episode(id))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** A recording. Throws CarrotError 'unknown-name' when there is none of that id, 'bad-file' when it is damaged. */
  async episode(id: string): Promise<EpisodeRecord> {
    const bytes = await this.episodeBytes(id)
    if (bytes !== undefined) return decodeEpisode(bytes, `Episode ${id} of ${this.name}`)
    const known = this.episodes()
    throw new CarrotError(
      'unknown-name',
      `The run ${this.name} has no recorded episode '${id}'.`,
      known.length === 0
        ? 'It has recorded none yet.'
        : `It has ${known.length}, from ${known[0].id} to ${known[known.length - 1].id}.`,
    )
  }

  /** Steps of all checkpoints, ascending. */
  checkpointSteps(): number[] {
    return readdirSync(paths(this.folder).checkpoints)
      .flatMap(name => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  }

  /** With the replay buffer, where it is still there. Throws CarrotError 'bad-file' when it is damaged. */
  checkpoint(step: number): Checkpoint {
    const { checkpoint, replay } = paths(this.folder)
    const { tensors, metadata } = readFlat(checkpoint(step))
    const bulk = existsSync(replay(step)) ? readFlat(replay(step)).tensors : {}
    return { step, file: checkpoint(step), tensors: { ...tensors, ...bulk }, metadata }
  }

  /** The policy of the best evaluation; undefined where there was none. Throws CarrotError 'bad-file'. */
  bestPolicy(): Omit<Checkpoint, 'step'> | undefined {
    const { best: file } = paths(this.folder)
    return existsSync(file) ? { file, ...readFlat(file) } : undefined
  }

  /** The newest checkpoint that can be read; undefined when there is none. */
  latestCheckpoint(): Checkpoint | undefined {
    for (const step of this.checkpointSteps().reverse()) {
      try {
        return this.checkpoint(step)
      } catch (error) {
        if (!(error instanceof CarrotError)) throw error
      }
    }
    return undefined
  }

  summary(): RunSummary {
    const { name, folder, live, program, header } = this
    const events = this.events()
    const { seed, createdAt } = header
    const about = { name, folder, env: header.env.id, reward: program.name, seed, createdAt }
    return { ...about, ...progressOf(events), live, eval: lastEval(events) }
  }

  private text(file: string): string {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      throw damaged(
        file,
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is missing' : String(error),
      )
    }
  }

  private json<T>(file: string): T {
    const text = this.text(file)
    try {
      return JSON.parse(text)
    } catch (error) {
      throw damaged(file, (error as Error).message)
    }
  }
}

/** Tensors of a file, flat, and what was written beside them. */
function readFlat(file: string): { tensors: CheckpointTensors; metadata: unknown } {
  const { tensors, metadata } = decodeTensors(readFileSync(file), file)
  const flat = Object.entries(tensors).map(([name, { data }]) => [name, data])
  return { tensors: Object.fromEntries(flat), metadata: JSON.parse(metadata.carrot) }
}

const damaged = (file: string, why: string): CarrotError =>
  new CarrotError(
    'bad-file',
    `${file} cannot be read: ${why}.`,
    'Restore it from a backup; the recordings and checkpoints beside it are files of their own and still good.',
  )
