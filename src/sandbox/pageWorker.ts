/** Entry of a sandbox's worker in a page. */
import { ConfinedScorer } from './confinedScorer.ts'
import type { Answer, Request } from './messages.ts'

interface Scope {
  onmessage: ((event: { readonly data: Request }) => void) | null
  postMessage(answer: Answer): void
}

const scope = globalThis as unknown as Scope
const scorer = new ConfinedScorer()
scope.onmessage = ({ data }) => scope.postMessage(scorer.answer(data))
