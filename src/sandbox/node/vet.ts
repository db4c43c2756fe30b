/** Vets programs that nobody has read, each in a process that is thrown away. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ScoreColumns } from '../../core/batch.ts'
import type { LoadedProgram } from '../../core/reward.ts'
import type { EnvSpec } from '../../core/spec.ts'
import { madeUpColumns } from '../madeUpColumns.ts'
import type { Refused } from '../refusal.ts'
import { shellOf } from '../sandboxedProgram.ts'
import { Rss } from './rss.ts'
import type { TrialFigures, VetAnswer, VetRequest, VetText } from './vetMessages.ts'

export interface VetOptions {
  /** Steps to try it on; default: made up, whatever the signals may be. */
  readonly columns?: ScoreColumns | Promise<ScoreColumns>
  /** For all of it, ms; default 8000. */
  readonly timeout?: number | undefined
}

export type Vetted =
  | { readonly ok: true; readonly loaded: LoadedProgram; readonly figures: TrialFigures }
  | {
      readonly ok: false
      readonly kind: Refused['kind']
      /** What is wrong, and what to do, in a paragraph. */
      readonly reason: string
      /** All that is wrong. */
      readonly errors: readonly Refused[]
      /** Where it was tried. */
      readonly loaded?: LoadedProgram
      readonly figures?: TrialFigures
    }

const TIMEOUT = 8000
/** Of the process, bytes: an empty one takes about 100 MB. */
const MEMORY = 700e6
/** MiB of its heap. */
const HEAP = 384
/** Seconds of processor time, should its parent be gone. */
const PROCESSOR_TIME = 20

/** Loads a program and tries it on recorded steps. `text` is its source, or the path of its file as `{ name }`. Never throws for what a program does. */
export async function vet(text: string | VetText, spec: EnvSpec, options: VetOptions = {}): Promise<Vetted> {
  const { timeout = TIMEOUT } = options
  const named: VetText = typeof text === 'string' ? { name: 'program.ts', source: text } : text
  using child = new VetChild(named, timeout)
  const loading = await child.ask({ type: 'load', spec, ...named })
  if (loading.type !== 'loaded') return refused(loading)
  const loaded = untrusted(loading.program, named)
  const columns = (await options.columns) ?? madeUpColumns(spec)
  const tried = await child.ask({ type: 'try', columns })
  if (tried.type !== 'tried') return { ...refused(tried), loaded }
  const { figures, errors } = tried
  return errors.length === 0
    ? { ok: true, loaded, figures }
    : { ...refused({ type: 'refused', errors }), loaded, figures }
}

function untrusted(
  { outline, hash, source, module }: Extract<VetAnswer, { type: 'loaded' }>['program'],
  text: VetText,
): LoadedProgram {
  const file = text.source === undefined ? { file: text.name } : {}
  return { program: shellOf(outline), hash, source, module, untrusted: true, ...file }
}

function refused(answer: VetAnswer): Vetted & { ok: false } {
  const errors = answer.type === 'refused' ? answer.errors : []
  const [first] = errors
  return {
    ok: false,
    kind: first?.kind ?? 'crash',
    reason: first === undefined ? 'It gave no answer.' : `${first.message} ${first.hint}`,
    errors,
  }
}

/** Sources run as .ts; published code as .js. */
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const entry = fileURLToPath(new URL(`./vetProcess${ending}`, import.meta.url))

class VetChild implements Disposable {
  private readonly process: ChildProcess
  private readonly deadline: ReturnType<typeof setTimeout>
  private readonly memory: Rss
  private waiting: PromiseWithResolvers<VetAnswer> | undefined
  private ended: Refused | undefined
  private errors = ''

  constructor({ name, source }: VetText, timeout: number) {
    const flags = [
      `--max-old-space-size=${HEAP}`,
      '--no-warnings',
      '--permission',
      ...readable(source === undefined ? dirname(name) : undefined).map(path => `--allow-fs-read=${path}`),
    ]
    this.process = start(flags)
    this.process.stderr?.on('data', (text: Buffer) => {
      if (this.errors.length < 10_000) this.errors += String(text)
    })
    this.process.on('message', (answer: VetAnswer) => this.waiting?.resolve(answer))
    this.process.on('error', error => this.end({ kind: 'crash', message: error.message, hint: 'Try again.' }))
    this.process.on('exit', (code, signal) => this.end(causeOf(code, signal, this.errors)))
    this.deadline = setTimeout(() => {
      const message = `It takes longer than ${(timeout / 1000).toFixed(0)} s.`
      this.kill({ kind: 'hang', message, hint: 'Is there a loop that does not end?' })
    }, timeout)
    this.memory = new Rss(this.process.pid, MEMORY, () =>
      this.kill({ kind: 'memory', message: 'It takes too much memory.', hint: 'Keep lists short.' }),
    )
  }

  /** A process that has ended has answered. */
  ask(request: VetRequest): Promise<VetAnswer> {
    this.waiting = Promise.withResolvers()
    if (this.ended === undefined) this.process.send(request, () => undefined)
    else this.waiting.resolve({ type: 'refused', errors: [this.ended] })
    return this.waiting.promise
  }

  [Symbol.dispose](): void {
    this.kill({ kind: 'crash', message: 'It is over.', hint: '' })
  }

  private kill(why: Refused): void {
    this.end(why)
    const { pid } = this.process
    if (pid === undefined) return
    try {
      // Its whole group; Windows has none.
      if (process.platform === 'win32') this.process.kill('SIGKILL')
      else process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }

  private end(why: Refused): void {
    clearTimeout(this.deadline)
    this.memory[Symbol.dispose]()
    this.ended ??= why
    this.waiting?.resolve({ type: 'refused', errors: [this.ended] })
  }
}

/** In a process group of its own, with an empty environment; with a limit of processor time where the system has it. */
function start(flags: readonly string[]): ChildProcess {
  const isWindows = process.platform === 'win32'
  const { SystemRoot } = process.env
  const options: ForkOptions = {
    env: isWindows ? { SystemRoot } : {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: !isWindows,
  }
  if (isWindows || !existsSync('/bin/sh')) return fork(entry, [], { ...options, execArgv: [...flags] })
  const limited = `ulimit -t ${PROCESSOR_TIME}; exec "$@"`
  return fork(entry, [], {
    ...options,
    execPath: '/bin/sh',
    execArgv: ['-c', limited, 'sh', process.execPath, ...flags],
  })
}

/** What the process may read: this code, the packages it uses, and the folder of the program. */
function readable(folder: string | undefined): string[] {
  const require = createRequire(import.meta.url)
  const packages = ['ses', 'acorn'].map(name => {
    const path = require.resolve(name)
    return path.slice(0, path.lastIndexOf(`node_modules${sep}`) + 'node_modules'.length)
  })
  const code = fileURLToPath(new URL('../../..', import.meta.url))
  // Compiled code lies one folder deeper.
  const root = existsSync(join(code, 'package.json')) ? code : dirname(code)
  // Packages may be links: they are looked for by one name and read by another.
  const searched = [...ancestors(root)].map(path => join(path, 'node_modules')).filter(existsSync)
  const paths = [root, ...packages, ...searched, ...(folder === undefined ? [] : [folder])]
  return [...new Set(paths)].map(path => join(path, '*'))
}

function* ancestors(path: string): Generator<string> {
  yield path
  if (dirname(path) !== path) yield* ancestors(dirname(path))
}

function causeOf(code: number | null, signal: string | null, errors: string): Refused {
  const isMemory = /heap|memory|invalid size/i.test(errors)
  if (isMemory) return { kind: 'memory', message: 'It takes too much memory.', hint: 'Keep lists short.' }
  if (signal === 'SIGXCPU' || signal === 'SIGKILL')
    return { kind: 'hang', message: 'It takes too much time.', hint: 'Is there a loop that does not end?' }
  const said = /(?:Error: [^\n]*)/.exec(errors)?.[0] ?? ''
  return {
    kind: 'crash',
    message: `The process that ran it ended with ${signal ?? `code ${code}`}.${said && ` ${said}.`}`,
    hint: 'Simplify it.',
  }
}
