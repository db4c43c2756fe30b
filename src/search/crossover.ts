/**
 * A child of two programs (module-level crossover, after R*, 2025): all terms of the fitter one, and those of the other that
 * tell something new about the same recorded steps. Weights are brought to one scale there too, so that neither drowns.
 */
import type { ScoreColumns } from '../core/batch.ts'
import { correlation } from './evidence.ts'
import { type Declared, type Piece, partsOf, renamed, textOf, uses } from './terms.ts'

export interface Parent {
  readonly source: string
  /** Names of its terms, in their order. */
  readonly terms: readonly string[]
  /** The same recordings as of the other parent, scored by this one. */
  readonly scored: readonly ScoreColumns[]
}

/** More alike than this, two terms say the same. */
const SAME = 0.95

/** The child's text; undefined when the other parent adds nothing, or either is more than a sum of terms. */
export async function cross(fitter: Parent, other: Parent, name: string): Promise<string | undefined> {
  const [a, b] = await Promise.all([partsOf(fitter.source), partsOf(other.source)])
  if (a === undefined || b === undefined) return undefined
  const own = (parts: typeof a, key: string) => parts.rest.find(piece => piece.name === key)?.text
  if (own(a, 'combine') !== undefined || own(b, 'combine') !== undefined) return undefined
  if (own(a, 'rate') !== own(b, 'rate')) return undefined
  const known = fitter.terms.map((_, k) => column(fitter, k))
  const news = b.terms.filter(({ name: term }) => {
    const values = column(other, other.terms.indexOf(term))
    const isAlive = values.some(value => value !== values[0])
    return isAlive && known.every(each => Math.abs(correlation(each, values)) < SAME)
  })
  if (news.length === 0) return undefined
  const factor = spread(fitter) / spread(other)
  const needed = declarationsFor(news, b.declared)
  const taken = new Set([...a.declared.flatMap(({ names }) => names)])
  // What both declare alike is shared; what they declare differently gets another name.
  const added = needed.filter(({ text }) => !a.declared.some(each => each.text === text))
  const clashes = added.flatMap(({ names }) => names.filter(each => taken.has(each)))
  const apart = (text: string) => clashes.reduce((made, each) => renamed(made, each, `${each}_2`), text)
  const terms = news.map(({ name: term, text }) => ({
    name: a.terms.some(each => each.name === term) ? `${term}2` : term,
    text: reweighed(apart(text), factor),
  }))
  const reads = b.reads.filter(
    ({ name: signal }) =>
      !a.reads.some(each => each.name === signal) &&
      [...terms, ...needed].some(({ text }) => text.includes(signal)),
  )
  return textOf({
    imports: [...a.imports, ...b.imports],
    declared: [...a.declared, ...added.map(({ names, text }) => ({ names, text: apart(text) }))],
    reads: [...a.reads, ...reads],
    terms: [...a.terms, ...terms],
    rest: [{ name: 'name', text: `'${name}'` }, ...a.rest.filter(piece => piece.name !== 'name')],
  })
}

/** Raw values of a term over all recordings. */
function column({ scored }: Parent, k: number): Float64Array {
  const parts = scored.map(({ T, N, terms }) => terms.subarray(k * T * N, (k + 1) * T * N))
  const all = new Float64Array(parts.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Standard deviation of the reward over all steps. */
function spread({ scored }: Parent): number {
  const rewards = scored.flatMap(({ reward }) => [...reward])
  const mean = rewards.reduce((total, value) => total + value, 0) / rewards.length
  return Math.sqrt(rewards.reduce((total, value) => total + (value - mean) ** 2, 0) / rewards.length) || 1
}

/** What the terms use, and what that uses. */
function declarationsFor(terms: readonly Piece[], declared: readonly Declared[]): Declared[] {
  const needed = new Set<Declared>()
  const visit = (text: string): void => {
    for (const each of declared) {
      if (needed.has(each) || !each.names.some(name => uses(text, name))) continue
      needed.add(each)
      visit(each.text)
    }
  }
  for (const { text } of terms) visit(text)
  return declared.filter(each => needed.has(each))
}

/** The term with its weight times a factor. */
function reweighed(term: string, factor: number): string {
  return term.replace(/(\bweight\s*:\s*)([^,}\n]+)/, (_, before: string, weight: string) => {
    const value = Number(weight)
    const scaled = Number.isNaN(value)
      ? `${Number(factor.toPrecision(3))} * (${weight.trim()})`
      : String(Number((value * factor).toPrecision(3)))
    return `${before}${scaled}`
  })
}
