/** The candidates of a search and what it takes to handle them, kept on disk at every change. */
import { availableParallelism } from 'node:os'
import type { TrainConfig, TrainInput } from '../config.ts'
import type { EnvDefinition } from '../core/env.ts'
import type { LoadedProgram } from '../core/reward.ts'
import type { Asker } from '../llm/asker.ts'
import { loadUntrusted } from '../loadUntrusted.ts'
import type { Candidate } from './candidate.ts'
import type { Judge } from './judge.ts'
import { orderOf, type SearchFolder } from './searchFolder.ts'

export interface SearchSettings {
  readonly text: string
  /** Programs written an iteration. */
  readonly samples: number
  readonly iterations: number
  /** Of these, how many are trained at most. */
  readonly train: number
  /** Seeds that the best is trained with again at the end. */
  readonly finalSeeds: number
  /** Program that judges; default: the environment's own success. */
  readonly fitness?: string
}

export interface SearchHooks {
  readonly onNote: (message: string) => void
  readonly signal?: AbortSignal
}

/** What a search works with, put together once. */
export interface Bench {
  readonly settings: SearchSettings
  readonly input: TrainInput
  readonly config: TrainConfig
  readonly env: EnvDefinition
  readonly judge: Judge
  readonly asker: Asker
  readonly folder: SearchFolder
  readonly hooks: SearchHooks
}

export class Population {
  readonly bench: Bench
  /** Trainings, or scorings, side by side. */
  readonly parallel: number
  private readonly candidates = new Map<string, Candidate>()
  private readonly loaded = new Map<string, LoadedProgram>()

  constructor(bench: Bench) {
    this.bench = bench
    this.parallel = Math.max(1, Math.floor(availableParallelism() / bench.config.workers))
    for (const candidate of bench.folder.candidates()) this.candidates.set(candidate.id, candidate)
  }

  /** In their order, whichever was ready first. */
  all(): Candidate[] {
    return [...this.candidates.values()].sort((a, b) => orderOf(a.id) - orderOf(b.id))
  }

  of(iteration: number): Candidate[] {
    return this.all().filter(each => each.iteration === iteration)
  }

  before(iteration: number): Candidate[] {
    return this.all().filter(each => each.iteration < iteration)
  }

  has(id: string): boolean {
    return this.candidates.has(id)
  }

  /** As it stands now. */
  get(id: string): Candidate {
    const candidate = this.candidates.get(id)
    if (candidate === undefined) throw new Error(`There is no candidate ${id}.`)
    return candidate
  }

  change(id: string, changes: Partial<Candidate>): void {
    this.keep({ ...this.get(id), ...changes })
  }

  /** A new one, or one that has changed; `loaded` for one that can be trained on. */
  keep(candidate: Candidate, source?: string, loaded?: LoadedProgram): void {
    this.bench.folder.keep(candidate, source)
    this.candidates.set(candidate.id, candidate)
    if (loaded !== undefined) this.loaded.set(candidate.id, loaded)
  }

  /** As it may be run: in a sandbox. */
  async program({ id }: Candidate): Promise<LoadedProgram> {
    const known = this.loaded.get(id)
    if (known !== undefined) return known
    const { folder, env } = this.bench
    const { file: _, ...loaded } = await loadUntrusted(folder.file(id), env.spec)
    this.loaded.set(id, loaded)
    return loaded
  }
}
