/**
 * Type checking of reward programs against an environment, without a network. TypeScript's standard library is parsed once
 * and kept, so that later checks take tens of ms.
 */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import ts from 'typescript'
import { abstractionOf } from '../abstraction.ts'
import type { EnvSpec } from '../core/spec.ts'
import { LANGUAGE, MACHINERY } from './language.ts'
import { type Complaint, phrase, reasonOf } from './phrase.ts'

/** More than these are seldom other mistakes. */
const MOST = 10
/** Names that no file of a program has. */
const DECLARATIONS = '/carrot-rl'
/** The language alone: neither a page's names nor Node's. */
const LIBRARY = 'lib.es2024.d.ts'

/** A file of a program. */
export interface ProgramText {
  readonly path: string
  readonly source: string
}

export class TypeChecker {
  private readonly folder = slashed(dirname(createRequire(import.meta.url).resolve('typescript')))
  /** Parsed files that stay the same, by name: the standard library and the texts of the environment checked last. */
  private readonly kept = new Map<string, ts.SourceFile>()
  /** What it has worked out about them serves the next check too. */
  private last: ts.Program | undefined

  /** What is wrong, in the order of the files. Of a program that `isOnDisk`, files that it imports types from are read too. */
  check(files: readonly ProgramText[], spec: EnvSpec, isOnDisk: boolean): Complaint[] {
    const texts = new Map([
      [`${DECLARATIONS}/abstraction.d.ts`, abstractionOf(spec)],
      [`${DECLARATIONS}/language.d.ts`, LANGUAGE],
      [`${DECLARATIONS}/machinery.d.ts`, MACHINERY],
      ...files.map(({ path, source }): [string, string] => [slashed(path), source]),
    ])
    const program = ts.createProgram({
      rootNames: [...texts.keys()],
      options: this.options(),
      host: this.host(texts, isOnDisk),
      oldProgram: this.last,
    })
    this.last = program
    const complaints = files.flatMap(({ path }) => {
      const file = program.getSourceFile(slashed(path))
      if (file === undefined) return []
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      const isBeyond = found.some(({ code }) => code === NO_ELEMENT)
      return found
        .filter(diagnostic => isWorthwhile(path, diagnostic, isBeyond))
        .map(diagnostic => phrase(ts, program.getTypeChecker(), diagnostic, spec))
        .map(({ at, ...complaint }) => ({ ...complaint, at: { ...at, file: path } }))
    })
    return onePerPlace(complaints).slice(0, MOST)
  }

  private options(): ts.CompilerOptions {
    return {
      target: ts.ScriptTarget.ES2024,
      lib: [LIBRARY],
      types: [],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      allowJs: true,
      checkJs: true,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    }
  }

  private host(texts: ReadonlyMap<string, string>, isOnDisk: boolean): ts.CompilerHost {
    const { folder } = this
    const isThere = (name: string) =>
      (isOnDisk || name.startsWith(folder)) && statSync(name, { throwIfNoEntry: false })?.isFile() === true
    return {
      fileExists: name => texts.has(name) || isThere(name),
      readFile: name => texts.get(name) ?? (isThere(name) ? readFileSync(name, 'utf8') : undefined),
      getSourceFile: (name, version) => {
        const text = texts.get(name)
        const known = this.kept.get(name)
        if (known !== undefined && (text === undefined || known.text === text)) return known
        if (text === undefined && !isThere(name)) return undefined
        const file = ts.createSourceFile(name, text ?? readFileSync(name, 'utf8'), version, true)
        if (name.startsWith(folder) || name.startsWith(DECLARATIONS)) this.kept.set(name, file)
        return file
      },
      getDefaultLibFileName: () => `${folder}/${LIBRARY}`,
      getDefaultLibLocation: () => folder,
      getCurrentDirectory: () => DECLARATIONS,
      getCanonicalFileName: name => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
      writeFile: () => undefined,
    }
  }
}

/** As the compiler writes paths, on Windows too. */
const slashed = (path: string): string => path.replaceAll('\\', '/')

/** JavaScript may leave types out. What lies beyond the end of a list is said of the index, not of all that comes of it. */
function isWorthwhile(path: string, { code, messageText }: ts.Diagnostic, isBeyond: boolean): boolean {
  if (/\.m?js$/.test(path) && code >= 7005 && code <= 7053) return false
  return !(isBeyond && code !== NO_ELEMENT && /undefined/.test(reasonOf(messageText)))
}
/** 'Tuple type … has no element at index …' */
const NO_ELEMENT = 2493

/** The first complaint about a place; those that follow say less. */
function onePerPlace(complaints: readonly Complaint[]): Complaint[] {
  const seen = new Set<string>()
  return complaints.filter(({ at: { file, line, column } }) => {
    const place = `${file}:${line}:${column}`
    return !seen.has(place) && seen.add(place)
  })
}
