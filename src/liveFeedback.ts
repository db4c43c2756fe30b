/** What a person says of a run while it trains: a language model writes the next program, and the run goes on with it. */
import { CarrotError, describeError } from './core/errors.ts'
import type { LiveProgram } from './liveProgram.ts'
import { answerText } from './llm/answers.ts'
import { modelNamed } from './llm/endpoint.ts'
import { type Improved, improve } from './llm/improve.ts'
import type { Plan } from './plan.ts'
import { openRun, type RunStore } from './store/index.ts'

export interface FeedbackParts {
  readonly program: LiveProgram
  readonly store: RunStore
  /** Told what comes of it, in a sentence or two. */
  readonly onNote: (message: string) => void
}

/** Lines of a difference that are worth telling while a run goes on; the programs themselves are in its folder. */
const MOST_LINES = 40

export class LiveFeedback {
  private readonly llm: string | undefined
  private readonly config: Plan['config']
  private readonly root: string | undefined
  private readonly parts: FeedbackParts
  private readonly stop = new AbortController()
  private writing: Promise<void> | undefined

  constructor({ config, root }: Plan, parts: FeedbackParts) {
    this.llm = config.via === 'llm' ? modelNamed(config.llm) : config.llm
    this.config = config
    this.root = root
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
    if (this.writing !== undefined) {
      throw new CarrotError('unsupported', 'A program is being written already.', 'Wait until it is there.')
    }
    this.writing = this.write(text, llm)
      .catch(error => {
        if (!this.stop.signal.aborted) parts.onNote(`No other program was written: ${describeError(error)}`)
      })
      .finally(() => {
        this.writing = undefined
      })
  }

  /** Nobody waits any more. */
  close(): void {
    this.stop.abort(new Error('The run has ended.'))
  }

  private async write(text: string, llm: string): Promise<void> {
    const { program, store, onNote } = this.parts
    const { signal } = this.stop
    const improved = await improve(
      openRun(store.folder),
      text,
      { ...this.config, llm },
      { signal, onNote, root: this.root },
    )
    if (signal.aborted) return
    await program.replace(improved.loaded)
    for (const answer of improved.answers) store.answer(answer.hash, answerText(answer))
    store.history(improved.history)
    onNote(told(improved))
  }
}

function told({ notes, diff }: Improved): string {
  const lines = diff.split('\n')
  const cut = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '  …'] : lines
  return [...notes, ...cut].join('\n')
}
