/**
 * What a person wants of a run while it trains: the run goes on with another program, which a language model writes from what
 * is said, or which is typed in the page.
 */
import { readFileSync } from 'node:fs'
import { CarrotError, describeError } from './core/errors.ts'
import { lineDiff } from './lineDiff.ts'
import type { LiveProgram } from './liveProgram.ts'
import { answerText } from './llm/answers.ts'
import { modelNamed } from './llm/endpoint.ts'
import { historyOf, type Improved, improve, triedOf } from './llm/improve.ts'
import { loadUntrusted } from './loadUntrusted.ts'
import type { Plan } from './plan.ts'
import { unmarked } from './sandbox/mark.ts'
import { openRun, type RunStore } from './store/index.ts'

export interface FeedbackParts {
  readonly program: LiveProgram
  readonly store: RunStore
  /** Told what comes of it, in a sentence or two. */
  readonly onNote: (message: string) => void
}

/** Lines of a difference that are worth telling while a run goes on; the programs themselves are in its folder. */
const MOST_LINES = 40

/** What stands in the history in place of feedback. */
const BY_HAND = 'I have rewritten it by hand.'

export class LiveFeedback {
  private readonly plan: Plan
  private readonly llm: string | undefined
  private readonly parts: FeedbackParts
  private readonly stop = new AbortController()
  private writing: Promise<void> | undefined

  constructor(plan: Plan, parts: FeedbackParts) {
    const { via, llm } = plan.config
    this.plan = plan
    this.llm = via === 'llm' ? modelNamed(llm) : llm
    this.parts = parts
  }

  /** There is a model to ask. */
  get isPossible(): boolean {
    return this.llm !== undefined
  }

  /** Returns at once; the new program takes over when it is there. Throws CarrotError when none can be written now. */
  take(text: string): void {
    const { llm, parts } = this
    if (llm === undefined) {
      throw new CarrotError(
        'unsupported',
        'This run knows no language model that could write another program.',
        `Stop it and name one: carrot improve ${parts.store.name} --feedback "…" --llm ollama/qwen3`,
      )
    }
    this.begin(() => this.write(text, llm), 'No other program was written')
  }

  /** A program that nobody vouches for; as `take`. */
  replace(source: string): void {
    this.begin(() => this.vet(source), 'The program from the page was not taken over')
  }

  /** Nobody waits any more. */
  close(): void {
    this.stop.abort(new Error('The run has ended.'))
  }

  /** One at a time: each is told what the last was. */
  private begin(work: () => Promise<void>, failed: string): void {
    if (this.writing !== undefined) {
      throw new CarrotError(
        'unsupported',
        'Another program is on its way already.',
        'Wait until it is there.',
      )
    }
    this.writing = work()
      .catch(error => {
        if (!this.stop.signal.aborted) this.parts.onNote(`${failed}: ${describeError(error)}`)
      })
      .finally(() => {
        this.writing = undefined
      })
  }

  private async write(text: string, llm: string): Promise<void> {
    const { program, store, onNote } = this.parts
    const { signal } = this.stop
    const { config, root } = this.plan
    const run = openRun(store.folder)
    const improved = await improve(run, text, { ...config, llm }, { signal, onNote, root })
    if (signal.aborted) return
    await program.replace(improved.loaded)
    for (const answer of improved.answers) store.answer(answer.hash, answerText(answer))
    store.history(improved.history)
    onNote(told(improved))
  }

  private async vet(source: string): Promise<void> {
    const { program, store, onNote } = this.parts
    const run = openRun(store.folder)
    const loaded = await loadUntrusted({ name: 'program.ts', source }, this.plan.env.spec)
    if (this.stop.signal.aborted) return
    await program.replace(loaded)
    store.history([...historyOf(run), triedOf(run, BY_HAND)])
    // The page shows programs without types.
    const diff = lineDiff(unmarked(readFileSync(run.programFile(), 'utf8')), unmarked(loaded.module))
    onNote(told({ notes: [`The run goes on with ${loaded.program.name}, from the page.`], diff }))
  }
}

function told({ notes, diff }: Pick<Improved, 'notes' | 'diff'>): string {
  const lines = diff.split('\n')
  const cut = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '  …'] : lines
  return [...notes, ...cut].join('\n')
}
