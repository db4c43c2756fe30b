/** What a person wrote, before it is known to be right. */
import { CarrotError, closest } from '../src/core/errors.ts'

/** An object as it was written. */
export type Given = Readonly<Record<string, unknown>>

export const wrong = (message: string, hint: string) => new CarrotError('bad-reward', message, hint)

/** A misspelt key would otherwise be left out in silence. */
export function checkKeys(owner: string, given: object, known: readonly string[]): void {
  const stray = Object.keys(given).find(key => !known.includes(key))
  if (stray === undefined) return
  const near = closest(stray, known)
  throw wrong(
    `${owner} has '${stray}', which means nothing here.`,
    near === undefined ? `What it can have: ${known.join(', ')}.` : `Did you mean '${near}'?`,
  )
}
