/** The worker's side: one program in its compartment, scoring the batches it is sent. Runs in Node and in pages. */
import { bindWatched } from '../../rewards/score.ts'
import type { ScoreColumns } from '../core/batch.ts'
import { toPortable } from '../core/errors.ts'
import type { RewardProgram, RewardScorer, TermFailure } from '../core/reward.ts'
import { checkReads } from '../core/spec.ts'
import {
  ANSWERED,
  type Answer,
  ASKED,
  type LoadRequest,
  type Outline,
  ownersOf,
  RECALL,
  RELABEL,
  type Request,
  RUNNING,
  SCORED,
  type ScoreRequest,
  SLOT,
  TASK,
} from './messages.ts'
import { type Confined, confine } from './realm.ts'
import { Refusal, type Refused, shown } from './refusal.ts'

/** A batch as it was lent, and with places of its own for what scoring writes. */
interface Batch {
  readonly lent: ScoreColumns
  /** Another core has just read those that were lent: to write there number by number takes longer than to compute them. */
  readonly own: ScoreColumns
}

export class ConfinedScorer {
  private confined: Confined | undefined
  private scorer: RewardScorer | undefined
  private progress: Int32Array = new Int32Array(0)
  private memory: Float64Array = new Float64Array(0)
  /** By slot. */
  private readonly batches: Batch[] = []

  /** Never throws. */
  answer(request: Request): Answer {
    try {
      return request.type === 'load' ? this.load(request) : this.score(request)
    } catch (error) {
      if (error instanceof Refusal) return { type: 'refused', refused: error.portable }
      return { type: 'broken', error: toPortable(error) }
    }
  }

  private load({ module, spec, options, progress }: LoadRequest): Answer {
    this.progress = new Int32Array(progress)
    this.batches.length = 0
    const owners = new Map<string, number>()
    const confined = confine(module, owner => {
      this.progress[RUNNING] = owners.get(owner) ?? -1
    })
    const { program } = confined
    try {
      checkReads(program.name, program.reads, spec.id, spec.signals)
    } catch (error) {
      const { message, hint } = error as Refusal
      throw new Refusal('signals', shown(message), hint)
    }
    const outline = outlineOf(program)
    ownersOf(outline).forEach((owner, number) => {
      owners.set(owner, number)
    })
    this.confined = confined
    this.scorer = bindWatched(program, spec, options, confined.watch)
    const numbers = this.scorer.saveMemory()
    const memory = new SharedArrayBuffer(numbers.byteLength)
    this.memory = new Float64Array(memory)
    this.memory.set(numbers)
    return { type: 'loaded', outline, memory }
  }

  private score({ columns: told, weights, offFrom }: ScoreRequest): Answer {
    const { scorer, confined, progress, batches } = this
    if (told !== undefined) batches[progress[SLOT]] = { lent: told, own: ownOf(told) }
    const batch = batches[progress[SLOT]]
    if (scorer === undefined || confined === undefined || batch === undefined)
      throw new Error('It was asked to score before it was loaded.')
    const { lent, own } = batch
    const task = progress[TASK]
    if (task & RECALL) scorer.loadMemory(this.memory)
    if (weights !== undefined) scorer.setWeights(weights)
    const columns = offFrom === undefined ? own : { ...own, offFrom }
    confined.begin()
    if (task & RELABEL) copyWritten(lent, own)
    const failures = task & RELABEL ? scorer.relabel(columns) : scorer.score(columns)
    copyWritten(own, lent)
    this.memory.set(scorer.saveMemory())
    const faults = faultsOf(confined, failures)
    Atomics.store(progress, ANSWERED, progress[ASKED])
    if (failures.length === 0) return SCORED
    return {
      type: 'scored',
      failures: failures.map(failure => explained(failure, faults[failure.term])),
      faults,
    }
  }
}

const ownOf = (lent: ScoreColumns): ScoreColumns => ({
  ...lent,
  terms: new Float64Array(lent.terms.length),
  reward: new Float64Array(lent.reward.length),
  success: new Uint8Array(lent.success.length),
})

function copyWritten(from: ScoreColumns, into: ScoreColumns): void {
  into.terms.set(from.terms)
  into.reward.set(from.reward)
  into.success.set(from.success)
}

function faultsOf(confined: Confined, failures: readonly TermFailure[]): Record<string, Refused> {
  const faults: Record<string, Refused> = {}
  for (const { term, message } of failures) {
    const hint = 'Make it give a finite number for every state.'
    faults[term] = confined.faultOf(term) ?? { kind: 'value', message: shown(message), hint }
  }
  return faults
}

/** Says where it was, and what to do when it is not the program's own error. */
function explained(failure: TermFailure, { kind, message, hint, at }: Refused): TermFailure {
  const place = at === undefined ? '' : ` (line ${at.line})`
  if (kind === 'value') return { ...failure, message: shown(failure.message) }
  if (kind === 'throw') return { ...failure, message: `It threw${place}: ${message}.` }
  return { ...failure, message: `${message[0].toUpperCase()}${message.slice(1)}${place}. ${hint}` }
}

export function outlineOf({ terms, combine, success, ...rest }: RewardProgram): Outline {
  return {
    ...rest,
    terms: terms.map(({ formula: _, ...term }) => term),
    combines: combine !== undefined,
    judges: success !== undefined,
  }
}
