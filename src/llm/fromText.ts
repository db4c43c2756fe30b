/** From a sentence to a proven program, written by a language model. */
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { type Answer, keepAnswers } from './answers.ts'
import { type LlmSettings, openAsker } from './asker.ts'
import { firstMessages } from './prompt.ts'
import { unwritten, writeProgram } from './write.ts'

export interface FromTextOptions {
  readonly env: EnvDefinition
  readonly text: string
  /** Folder of runs, where answers are kept that led to no run. */
  readonly root?: string
  readonly signal?: AbortSignal
  /** What the person should know while it takes its time, in a sentence. */
  readonly onNote?: (message: string) => void
}

export interface FromText {
  readonly loaded: LoadedProgram
  readonly notes: readonly string[]
  readonly answers: readonly Answer[]
}

/** Program examples shown, and answers that may mend a program, when the user does not say. */
export const SHOTS = 1
export const REPAIRS = 3

/** Throws CarrotError: 'no-answer', 'over-budget', or 'bad-reward' when nothing it wrote can be trained on. */
export async function fromText(
  settings: LlmSettings & { readonly llm: string },
  { env, text, root, signal, onNote }: FromTextOptions,
): Promise<FromText> {
  const { shots = SHOTS, repairs = REPAIRS } = settings
  const answers: Answer[] = []
  const asker = openAsker(settings, { signal, onNote, onAnswer: answer => answers.push(answer) })
  onNote?.(`Asking ${asker.id} for a reward program…`)
  try {
    const messages = await firstMessages({ env, text, shots })
    const written = await writeProgram(asker, messages, { env, repairs, onNote })
    if (written.loaded === undefined) throw unwritten(written, asker.id, text)
    const { loaded } = written
    const { name, about } = loaded.program
    const mended = written.answers.length === 1 ? '' : ` in ${written.answers.length} answers`
    return {
      loaded,
      answers,
      notes: [
        `${asker.id} wrote the reward program ${name} for "${text}"${mended}: ${about || 'it says no more about it.'}`,
        `Asked of ${asker.spent()} The program and what was asked are in the run's folder: program.ts, answers/.`,
      ],
    }
  } catch (error) {
    throw keeping(error, answers, env.spec.id, root)
  }
}

/** The error, saying where the answers are that were of no use. */
export function keeping(error: unknown, answers: readonly Answer[], env: string, root?: string): unknown {
  if (!(error instanceof CarrotError) || answers.length === 0) return error
  const folder = keepAnswers(answers, env, root)
  const { code, message, hint, at, also } = error
  return new CarrotError(code, message, `${hint} What was asked and answered is kept in ${folder}.`, at, also)
}
