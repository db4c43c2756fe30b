/** Who came from whom in a search, with scores, as lines of text. */
import { type Candidate, described } from './candidate.ts'

/** A candidate below its first parent; those without one at the left. `best` is marked. */
export function familyTree(candidates: readonly Candidate[], best?: string): string {
  const childrenOf = (id: string | undefined) => candidates.filter(({ parents }) => parents[0] === id)
  const lines: string[] = []
  const visit = (candidate: Candidate, indent: string, isLast: boolean, isRoot: boolean): void => {
    const { id, origin, parents } = candidate
    const second = origin === 'crossover' ? ` (with terms of ${parents[1]})` : ''
    const branch = isRoot ? '' : isLast ? '└ ' : '├ '
    lines.push(`${indent}${branch}${id === best ? '* ' : ''}${described(candidate)}${second}`)
    const children = childrenOf(id)
    const deeper = isRoot ? indent : `${indent}${isLast ? '  ' : '│ '}`
    children.forEach((child, i) => {
      visit(child, deeper, i === children.length - 1, false)
    })
  }
  for (const root of childrenOf(undefined)) visit(root, '', true, true)
  return lines.join('\n')
}
