/** Errors meant for the person at the keyboard: what happened, where, and what to do next. */

/** Machine-readable cause, also shown in `--json` output. */
export type ErrorCode =
  | 'bad-argument'
  | 'unknown-name'
  | 'bad-reward'
  | 'bad-signal'
  | 'bad-model'
  | 'bad-run'
  | 'bad-file'
  | 'port-in-use'
  | 'no-space'
  | 'unsupported'
  | 'offline'
  | 'diverged'
  | 'device-lost'
  | 'protocol-misuse'
  /** A language model's endpoint failed, or was of no use. */
  | 'no-answer'
  /** A cap on tokens or cost would have been broken. */
  | 'over-budget'

/** Position in a user's file; line and column count from 1. */
export interface SourcePosition {
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** An expected failure. The CLI prints `message` and `hint` as one paragraph and exits with 1; anything else is a bug of ours. */
export class CarrotError extends Error {
  readonly code: ErrorCode
  /** What to do next, a full sentence. */
  readonly hint: string
  readonly at?: SourcePosition
  /** What else is wrong, found on the same pass. */
  readonly also: readonly CarrotError[]

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    at?: SourcePosition,
    also: readonly CarrotError[] = [],
  ) {
    super(message)
    this.name = 'CarrotError'
    this.code = code
    this.hint = hint
    this.at = at
    this.also = also
  }
}

/** Levenshtein distance of two short strings, ignoring case. */
function editDistance(a: string, b: string): number {
  const s = a.toLowerCase()
  const t = b.toLowerCase()
  let previous = Array.from({ length: t.length + 1 }, (_, j) => j)
  for (let i = 1; i <= s.length; i++) {
    const row = [i]
    for (let j = 1; j <= t.length; j++) {
      const substitute = previous[j - 1] + (s[i - 1] === t[j - 1] ? 0 : 1)
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, substitute)
    }
    previous = row
  }
  return previous[t.length]
}

/** The candidate most like `name`, or undefined when none is close enough to be a slip of the finger. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    // A shared part counts as near: 'height' against 'torsoHeight'.
    const contains = candidate.toLowerCase().includes(name.toLowerCase())
    const distance = contains ? 1 : editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return bestDistance <= Math.max(2, Math.floor(name.length / 2)) ? best : undefined
}

/** One paragraph: where, what, and what to do. */
export function describeError(error: Error): string {
  if (!(error instanceof CarrotError)) return error.message
  const { file, line, column } = error.at ?? {}
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  return `${place === '' ? '' : `${place}: `}${error.message} ${error.hint}`
}

/** An error as it crosses a thread: structured cloning keeps neither the class nor the extra fields. */
export interface PortableError {
  readonly message: string
  readonly stack?: string
  readonly carrot?: { readonly code: ErrorCode; readonly hint: string; readonly at?: SourcePosition }
}

export function toPortable(error: unknown): PortableError {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, stack } = error
  if (!(error instanceof CarrotError)) return { message, stack }
  return { message, stack, carrot: { code: error.code, hint: error.hint, at: error.at } }
}

export function fromPortable({ message, stack, carrot }: PortableError): Error {
  const error =
    carrot === undefined ? new Error(message) : new CarrotError(carrot.code, message, carrot.hint, carrot.at)
  if (stack !== undefined) error.stack = stack
  return error
}
