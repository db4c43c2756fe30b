/** A run being recorded: small things at once, large ones behind training's back. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { type EpisodeRecord, encodeEpisode } from '../core/episode.ts'
import { CarrotError } from '../core/errors.ts'
import type { EvalResult, ProgramInfo, TrainEvent } from '../core/events.ts'
import type { Metrics } from '../core/policy.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { encodeTensors, type NamedTensor, type TensorData } from '../core/safetensors.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'
import { EpisodeShelf } from './episodeShelf.ts'
import { makeFolder, sweep, temporaryName, writeError, writeWhole, writeWholeSync } from './files.ts'
import {
  FORMAT,
  findRun,
  freshName,
  isPlainName,
  MAX_EPISODE_BYTES,
  paths,
  type RunHeader,
  runsRoot,
} from './layout.ts'
import { lock } from './lock.ts'
import { EventLog } from './log.ts'
import { TensorBoardFile } from './tensorboard.ts'

/** Tensors of a checkpoint by name, flat. */
export type CheckpointTensors = Readonly<Record<string, TensorData>>

export interface RecordingOptions {
  /** Where runs live; default CARROT_RUNS or runs/. */
  readonly root?: string
  /** Bytes of recorded episodes kept. */
  readonly maxEpisodeBytes?: number
  /** Told, in a sentence, what the person should know: space running out, recordings skipped. */
  readonly onWarning?: (message: string) => void
}

/** A program as written, and as one module that runs anywhere. */
export type ProgramText = Pick<LoadedProgram, 'source' | 'module'>

export interface NewRun extends RecordingOptions {
  /** Default: the program's name, the seed and the time. */
  readonly name?: string
  /** Plain data, stored as YAML. */
  readonly config: unknown
  readonly env: EnvSpec
  readonly scene: SceneSpec
  readonly program: ProgramInfo
  /** Its text. */
  readonly loaded: ProgramText
  readonly seed: number
  /** Discount of potential terms. */
  readonly gamma: number
  /** Texts of answers by hash, where a language model wrote the program. */
  readonly answers?: Readonly<Record<string, string>>
  /** Plain data: programs before this one, and what was said of them. */
  readonly history?: readonly unknown[]
}

/** Makes a run's folder, whole or not at all. Throws CarrotError 'bad-run' when the name is taken, 'no-space'. */
export function createRun(run: NewRun): RunStore {
  const root = runsRoot(run.root)
  const name = run.name ?? freshName(`${run.program.name}-s${run.seed}`, root)
  const folder = join(root, name)
  checkName(name, folder)
  const draft = temporaryName(folder)
  try {
    makeFolder(root)
    mkdirSync(draft)
    fill(draft, run)
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw writeError(error, 'the run folder', folder)
  }
  try {
    return opened(folder, run)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * Reopens a run to record on; a last event that was cut off is dropped. `config` replaces the stored one. Throws
 * CarrotError 'bad-run' when there is no such run, or another process is recording into it.
 */
export function resumeRun(
  folderOrName: string,
  options: RecordingOptions & { readonly config?: unknown } = {},
): RunStore {
  const folder = findRun(folderOrName, options.root)
  return opened(folder, options, () => {
    const { checkpoints, episodes, programs, config } = paths(folder)
    for (const each of [folder, checkpoints, episodes, programs]) sweep(each)
    if (options.config !== undefined) writeWholeSync(config, stringify(options.config), 'the configuration')
  })
}

/** Locks the folder, gets it ready and opens it; gives the lock back when that fails. */
function opened(folder: string, options: RecordingOptions, prepare = () => {}): RunStore {
  const unlock = lock(folder)
  try {
    prepare()
    return new RunStore(folder, unlock, options)
  } catch (error) {
    unlock()
    throw error
  }
}

const encodeFlat = (tensors: CheckpointTensors, metadata: unknown): Uint8Array<ArrayBuffer> => {
  const shaped: Record<string, NamedTensor> = {}
  for (const [name, data] of Object.entries(tensors)) shaped[name] = { shape: [data.length], data }
  return encodeTensors({ tensors: shaped, metadata: { carrot: JSON.stringify(metadata) } })
}

const evalScalars = (result: EvalResult): Metrics =>
  Object.fromEntries(
    Object.entries(result).flatMap(([name, value]) => (value === null ? [] : [[`eval/${name}`, value]])),
  )

function checkName(name: string, folder: string): void {
  if (!isPlainName(name)) {
    throw new CarrotError(
      'bad-argument',
      `'${name}' cannot be the name of a run.`,
      'Use letters, digits, dots, hyphens and underscores, starting with a letter or digit.',
    )
  }
  if (existsSync(folder)) {
    throw new CarrotError(
      'bad-run',
      `There is a run '${name}' already (${folder}).`,
      'Choose another name, or go on with it by `carrot train --resume`.',
    )
  }
}

function fill(folder: string, run: NewRun): void {
  const { config, env, scene, seed, gamma, program, loaded, answers = {}, history = [] } = run
  const at = paths(folder)
  for (const each of [at.checkpoints, at.episodes, at.programs]) mkdirSync(each)
  const header: RunHeader = { format: FORMAT, createdAt: new Date().toISOString(), seed, gamma, env, scene }
  writeWholeSync(at.header, JSON.stringify(header), 'run.json')
  writeWholeSync(at.config, stringify(config), 'the configuration')
  saveProgram(folder, program, loaded)
  if (Object.keys(answers).length > 0) mkdirSync(at.answers)
  for (const [hash, text] of Object.entries(answers)) writeWholeSync(at.answer(hash), text, 'an answer')
  if (history.length > 0) writeWholeSync(at.history, JSON.stringify(history, null, 2), 'the history')
}

function saveProgram(folder: string, program: ProgramInfo, { source, module }: ProgramText): void {
  const at = paths(folder)
  writeWholeSync(at.programSource(program.hash), source, 'the reward program')
  writeWholeSync(at.programModule(program.hash), module, 'the reward program')
  writeWholeSync(at.source, source, 'the reward program')
  writeWholeSync(at.program, JSON.stringify(program, null, 2), 'the reward program')
}

export class RunStore implements AsyncDisposable {
  readonly folder: string
  readonly name: string
  private readonly unlock: () => void
  private readonly log: EventLog
  private readonly board: TensorBoardFile
  private readonly shelf: EpisodeShelf
  private tail: Promise<unknown> = Promise.resolve()
  private failure: unknown
  private closed: Promise<void> | undefined

  /** Use `createRun` or `resumeRun`. */
  constructor(folder: string, unlock: () => void, options: RecordingOptions) {
    this.folder = folder
    this.name = basename(folder)
    this.unlock = unlock
    this.log = new EventLog(paths(folder).log)
    this.board = new TensorBoardFile(folder)
    const { maxEpisodeBytes = MAX_EPISODE_BYTES, onWarning = () => undefined } = options
    this.shelf = new EpisodeShelf(folder, maxEpisodeBytes, onWarning)
  }

  /** Appends to the log, and metrics to the TensorBoard file. Synchronous; survives the process from here on. */
  event(event: TrainEvent): void {
    this.checkOpen()
    this.log.append(event)
    if (event.type === 'metrics') this.board.scalars(event.step, event.values)
    if (event.type === 'start' && event.startStep > 0) this.board.restart(event.startStep)
    if (event.type === 'eval') this.board.scalars(event.step, evalScalars(event.result))
    if (event.type === 'end' && event.result !== null) {
      this.board.scalars(event.result.steps, evalScalars(event.result.eval))
    }
  }

  /** Keeps a program that is in force from now on. Synchronous. */
  program(program: ProgramInfo, loaded: ProgramText): void {
    this.checkOpen()
    saveProgram(this.folder, program, loaded)
  }

  /** Keeps an answer of a language model. Synchronous. */
  answer(hash: string, text: string): void {
    this.checkOpen()
    const at = paths(this.folder)
    mkdirSync(at.answers, { recursive: true })
    writeWholeSync(at.answer(hash), text, 'an answer')
  }

  /** Keeps what was said of earlier programs, in place of what was there. Synchronous. */
  history(history: readonly unknown[]): void {
    this.checkOpen()
    writeWholeSync(paths(this.folder).history, JSON.stringify(history, null, 2), 'the history')
  }

  /** Keeps a state from which the simulation diverged, and returns its file. Synchronous. */
  fault(name: string, text: string): string {
    this.checkOpen()
    const { faults } = paths(this.folder)
    mkdirSync(faults, { recursive: true })
    const file = join(faults, `${name}.json`)
    writeWholeSync(file, text, 'the state of a fault')
    return file
  }

  /**
   * Keeps a recording. Its arrays may be reused when this returns. Resolves to true once it is on the disk, which is
   * the time to send its 'episode' event; to false when the disk is so slow that it was left out.
   */
  episode(record: EpisodeRecord): Promise<boolean> {
    this.checkOpen()
    if (this.shelf.full) return Promise.resolve(this.shelf.leaveOut())
    const bytes = encodeEpisode(record)
    return this.inTurn(this.shelf.put(record.summary, bytes))
  }

  /**
   * Keeps everything a continuation needs, under the step it was taken at; `policy` is the policy alone as an ONNX
   * model, `bulk` what is kept of the last checkpoint only. The arrays may be reused when this returns. Resolves, with the file's path below the run's folder, once it
   * is on the disk, which is the time to send the 'checkpoint' event.
   */
  checkpoint(
    step: number,
    tensors: CheckpointTensors,
    metadata: unknown,
    { policy, bulk = {} }: { readonly policy?: Uint8Array; readonly bulk?: CheckpointTensors } = {},
  ): Promise<string> {
    this.checkOpen()
    const bytes = encodeFlat(tensors, metadata)
    const large = Object.keys(bulk).length > 0 ? encodeFlat(bulk, {}) : undefined
    const at = paths(this.folder)
    return this.inTurn(async () => {
      // Policy and bulk first: where there is a checkpoint, they are there too.
      if (policy !== undefined) await writeWhole(at.policy(step), policy, `the policy of step ${step}`)
      if (large !== undefined) await writeWhole(at.replay(step), large, `the replay buffer of step ${step}`)
      await writeWhole(at.checkpoint(step), bytes, `the checkpoint of step ${step}`)
      if (large !== undefined) this.dropReplays(step)
      return `checkpoints/${step}.safetensors`
    })
  }

  /** Replay buffers of other steps. */
  private dropReplays(step: number): void {
    const { checkpoints } = paths(this.folder)
    for (const file of readdirSync(checkpoints)) {
      if (/^\d+\.replay\.safetensors$/.test(file) && !file.startsWith(`${step}.`))
        rmSync(join(checkpoints, file))
    }
  }

  /** Keeps the best policy so far, in place of the one before. Resolves once it is on the disk. */
  best(tensors: CheckpointTensors, metadata: unknown, policy: Uint8Array): Promise<void> {
    this.checkOpen()
    const bytes = encodeFlat(tensors, metadata)
    const at = paths(this.folder)
    return this.inTurn(async () => {
      await writeWhole(at.bestPolicy, policy, 'the best policy')
      await writeWhole(at.best, bytes, 'the best policy')
    })
  }

  /** Waits for what is still being written, and lets go of the run. Throws the first write behind training's back that failed. */
  close(): Promise<void> {
    this.closed ??= this.finish()
    return this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async finish(): Promise<void> {
    await this.tail
    try {
      this.log.close()
      this.board.close()
    } finally {
      this.unlock()
    }
    if (this.failure !== undefined) throw this.failure
  }

  /** One write at a time, in order; a failure is told by the returned promise, and again by `close`. */
  private inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.tail.then(write)
    this.tail = written.catch(error => {
      this.failure ??= error
    })
    return written
  }

  private checkOpen(): void {
    if (this.closed === undefined) return
    throw new CarrotError(
      'protocol-misuse',
      `Something was to be recorded into the closed run ${this.name}.`,
      'Call close() last.',
    )
  }
}
