/**
 * A search on disk, so that it can go on where it was:
 *
 *   search.yaml                  every setting
 *   candidates/<id>.json, .ts    each program, and how far it has come
 *   answers/<hash>.json          what the model was asked, and said
 *   runs/                        a run for every candidate that was trained, and for every seed of the last check
 *   final.json                   by seed, the run of the last check
 *   result.json                  the outcome, once there is one
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { CarrotError, closest } from '../core/errors.ts'
import { type Answer, keepAnswer } from '../llm/answers.ts'
import { freshName, runsRoot, writeWholeSync } from '../store/index.ts'
import { type Candidate, candidateSchema } from './candidate.ts'

const SETTINGS = 'search.yaml'

export class SearchFolder {
  readonly folder: string
  readonly name: string

  /** Throws CarrotError 'bad-run' where there is no search. */
  static open(folderOrName: string, root?: string): SearchFolder {
    const places = [resolve(folderOrName), join(runsRoot(root), folderOrName)]
    const found = places.find(isFolder)
    if (found !== undefined) return new SearchFolder(found)
    const near = closest(basename(folderOrName), searchNames(root))
    throw new CarrotError(
      'bad-run',
      `There is no search '${folderOrName}', neither as a folder nor in ${runsRoot(root)}.`,
      near === undefined ? '`carrot list searches` shows those there are.' : `Did you mean '${near}'?`,
    )
  }

  /** One that is not there until `create`. `env`: id or file of the environment, for its name. */
  static draft(env: string, root?: string): SearchFolder {
    const name = freshName(`search-${basename(env, extname(env))}`, runsRoot(root))
    return new SearchFolder(join(runsRoot(root), name))
  }

  create(settings: object): void {
    for (const part of ['candidates', 'answers', 'runs']) {
      mkdirSync(join(this.folder, part), { recursive: true })
    }
    writeWholeSync(join(this.folder, SETTINGS), stringify(settings), 'the settings of the search')
  }

  private constructor(folder: string) {
    this.folder = folder
    this.name = basename(folder)
  }

  /** As it was given, not checked. */
  get settings(): unknown {
    return parse(readFileSync(join(this.folder, SETTINGS), 'utf8'))
  }

  /** Root of the runs of this search. */
  get runs(): string {
    return join(this.folder, 'runs')
  }

  /** In the order in which they came. Throws CarrotError 'bad-file' for one that is damaged. */
  candidates(): Candidate[] {
    if (!existsSync(this.folder)) return []
    return readdirSync(join(this.folder, 'candidates'))
      .filter(name => /^\d+\.\d+\.json$/.test(name))
      .map(name => this.read(name))
      .sort((a, b) => orderOf(a.id) - orderOf(b.id))
  }

  keep(candidate: Candidate, source?: string): Candidate {
    const file = join(this.folder, 'candidates', candidate.id)
    if (source !== undefined) writeWholeSync(`${file}.ts`, source, 'a candidate')
    writeWholeSync(`${file}.json`, `${JSON.stringify(candidate, null, 2)}\n`, 'a candidate')
    return candidate
  }

  /** What it looks like as written. */
  source({ id }: Candidate): string {
    return readFileSync(this.file(id), 'utf8')
  }

  file(id: string): string {
    return join(this.folder, 'candidates', `${id}.ts`)
  }

  keepAnswer(answer: Answer): void {
    keepAnswer(join(this.folder, 'answers'), answer)
  }

  /** Run of every seed of the last check that has begun. */
  get finalRuns(): Readonly<Record<string, string>> {
    const file = join(this.folder, 'final.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  }

  keepFinalRun(seed: number, run: string): void {
    const runs = JSON.stringify({ ...this.finalRuns, [seed]: run }, null, 2)
    writeWholeSync(join(this.folder, 'final.json'), `${runs}\n`, 'the runs of the last check')
  }

  /** Undefined until there is one. */
  get result(): unknown {
    const file = join(this.folder, 'result.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }

  keepResult(result: object): void {
    writeWholeSync(join(this.folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`, 'the result')
  }

  private read(name: string): Candidate {
    const file = join(this.folder, 'candidates', name)
    try {
      return candidateSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch {
      throw new CarrotError(
        'bad-file',
        `${file} is damaged.`,
        'Delete it and go on with the search: that candidate is made anew, from the answers that are kept.',
      )
    }
  }
}

/** Fewer candidates an iteration than this. */
const MOST = 1000
/** Of a candidate's id, among all of a search. */
export const orderOf = (id: string): number => {
  const [iteration, number] = id.split('.').map(Number)
  return iteration * MOST + number
}

const isFolder = (folder: string): boolean => existsSync(join(folder, SETTINGS))

/** Whether this is the folder or the name of a search. */
export const isSearch = (folderOrName: string, root?: string): boolean =>
  isFolder(resolve(folderOrName)) || isFolder(join(runsRoot(root), folderOrName))

/** Names of the searches below `root`, oldest first. */
export function searchNames(root?: string): string[] {
  const folder = runsRoot(root)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder)
    .filter(name => isFolder(join(folder, name)))
    .sort()
}
