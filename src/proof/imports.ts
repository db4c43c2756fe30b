/** What a program from elsewhere may import: the library alone. Its text is looked at, not run. */

import { LIBRARY, LIBRARY_NAMES } from '../programSource.ts'
import { blankLiterals, positionAt } from '../sourceText.ts'
import type { ProofFailure } from './failure.ts'

/** One failure an import, also of types, of modules that are asked for while running, and of reference comments. */
export async function forbiddenImports(file: string, source: string): Promise<ProofFailure[]> {
  const { default: ts } = await import('typescript')
  const found = ts.preProcessFile(source, true, true)
  const references = [
    ...found.referencedFiles,
    ...found.typeReferenceDirectives,
    ...found.libReferenceDirectives,
  ]
  const named = found.importedFiles.filter(({ fileName }) => !LIBRARY_NAMES.includes(fileName))
  const refused = (offset: number, what: string): ProofFailure => ({
    stage: 'imports',
    message: `A reward program cannot import ${what}.`,
    hint: `It may import '${LIBRARY}' alone, at the top of the file.`,
    at: positionAt(file, source, offset),
  })
  return [
    ...references.map(({ pos }) => refused(pos, 'by reference')),
    ...named.map(({ pos, fileName }) => refused(pos, `'${fileName}'`)),
    ...[...blankLiterals(source).matchAll(DYNAMIC)].map(({ index }) => refused(index, 'while it runs')),
  ].filter(({ at }, i, all) => all.findIndex(other => other.at?.line === at?.line) === i)
}

const DYNAMIC = /(?<![\w$.])(?:import|require)\s*\(/g
