/** Why a program is not run, or no longer. */
import { CarrotError, type SourcePosition } from '../core/errors.ts'

/**
 * 'syntax' it cannot be read · 'import' it asks for a module · 'escape' it reaches for what is outside · 'impure' for a
 * clock or chance, or it gives other numbers the second time · 'language' it uses what the sandbox has not · 'state' it keeps
 * something from call to call · 'definition' it defines no sound program · 'signals' the environment does not give what it
 * reads · 'hang' it does not end · 'memory' it takes too much · 'throw' it throws · 'value' it gives no finite number ·
 * 'crash' its process ended.
 */
export const REFUSALS = [
  'syntax',
  'import',
  'escape',
  'impure',
  'language',
  'state',
  'definition',
  'signals',
  'hang',
  'memory',
  'throw',
  'value',
  'crash',
] as const
export type RefusalKind = (typeof REFUSALS)[number]

/** A refusal on its way between threads or processes. */
export interface Refused {
  readonly kind: RefusalKind
  readonly message: string
  readonly hint: string
  readonly at?: SourcePosition
}

export class Refusal extends CarrotError {
  readonly kind: RefusalKind

  constructor(
    kind: RefusalKind,
    message: string,
    hint: string,
    at?: SourcePosition,
    also: readonly CarrotError[] = [],
  ) {
    super('bad-reward', message, hint, at, also)
    this.kind = kind
  }

  /** Without the class, which no thread boundary keeps. */
  get portable(): Refused {
    const { kind, message, hint, at } = this
    return at === undefined ? { kind, message, hint } : { kind, message, hint, at }
  }
}

export const refusalOf = ({ kind, message, hint, at }: Refused): Refusal =>
  new Refusal(kind, message, hint, at)

/** Longest text that an untrusted program may put into a message. */
const LONGEST = 300

/** Text of a program, fit to be shown: short, in one line, and without what steers a terminal. */
export function shown(text: unknown): string {
  if (typeof text !== 'string') return `a ${typeof text}`
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  // Control characters, and those that turn the direction of text.
  return cut.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
