/** A proof that failed as a message to whoever wrote the program, a language model above all. */

import type { ProofFailure } from './failure.ts'
import type { Proof } from './prove.ts'

/** The failures as a compiler prints them: place, message, hint, the line and a caret under the column. '' when it passed. */
export function explainForModel({ ok, failures, source }: Proof): string {
  if (ok) return ''
  return [
    `The program fails at the stage '${failures[0].stage}':`,
    ...failures.map(failure => explainOne(failure, source)),
  ].join('\n\n')
}

function explainOne({ message, hint, at }: ProofFailure, source: string): string {
  const place = [at?.file, at?.line, at?.column].filter(part => part !== undefined).join(':')
  const head = `${place === '' ? '' : `${place}: `}${message}${hint === undefined ? '' : ` ${hint}`}`
  const text = at?.line === undefined ? undefined : source.split('\n')[at.line - 1]
  if (text === undefined || text.length > LONGEST) return head
  return `${head}\n    ${text}\n    ${' '.repeat((at?.column ?? 1) - 1)}^`
}

/** Characters of a line that are worth repeating. */
const LONGEST = 200
