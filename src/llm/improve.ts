/** The next program from what a person says of the last: the task, and all that was tried and said so far (Text2Reward). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import type { EvalResult } from '../core/events.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { lineDiff } from '../lineDiff.ts'
import { loadEnv } from '../loadEnv.ts'
import { readGraph } from '../programSource.ts'
import { termHistory } from '../search/reflection.ts'
import type { StoredRun } from '../store/index.ts'
import type { Answer } from './answers.ts'
import { type LlmSettings, openAsker } from './asker.ts'
import type { ChatMessage } from './chat.ts'
import { type FromTextOptions, keeping, REPAIRS, SHOTS } from './fromText.ts'
import { block, firstMessages } from './prompt.ts'
import { template } from './templates.ts'
import { unwritten, writeProgram } from './write.ts'

const tried = z.object({
  /** Where it was trained. */
  run: z.string(),
  source: z.string(),
  /** What came of it and what was said, as the model was told. */
  told: z.string(),
  feedback: z.string(),
})
/** A program that somebody had something to say about. `history.json` of a run: those before its own, oldest first. */
export type Tried = Readonly<z.infer<typeof tried>>

export function historyOf({ folder }: StoredRun): Tried[] {
  const file = join(folder, 'history.json')
  if (!existsSync(file)) return []
  return z.array(tried).parse(JSON.parse(readFileSync(file, 'utf8')))
}

/** The program that a run is on now, and what somebody says of it. */
export const triedOf = (run: StoredRun, feedback: string): Tried => ({
  run: run.name,
  source: sourceOf(run),
  told: toldOf(run, feedback),
  feedback,
})

export interface Improved {
  readonly loaded: LoadedProgram
  readonly answers: readonly Answer[]
  readonly history: readonly Tried[]
  readonly notes: readonly string[]
  /** From the last program to this one. */
  readonly diff: string
}

/** Throws CarrotError as `fromText`, and 'bad-argument' for empty feedback. */
export async function improve(
  run: StoredRun,
  feedback: string,
  settings: LlmSettings & { readonly llm: string },
  { signal, onNote, root }: Omit<FromTextOptions, 'env' | 'text'>,
): Promise<Improved> {
  if (feedback.trim() === '') {
    throw new CarrotError(
      'bad-argument',
      'The feedback is empty.',
      'Say what is wrong: --feedback "it falls over".',
    )
  }
  const config = parseConfig(run.config)
  const env = await loadEnv(config)
  const text = config.text ?? run.program.about
  const source = sourceOf(run)
  const history = [...historyOf(run), triedOf(run, feedback)]
  const answers: Answer[] = []
  const asker = openAsker(settings, { signal, onNote, onAnswer: answer => answers.push(answer) })
  onNote?.(`Asking ${asker.id} for the next reward program…`)
  try {
    const first = await firstMessages({ env, text, shots: settings.shots ?? SHOTS })
    const messages: ChatMessage[] = [
      ...first,
      ...history.flatMap(({ source, told }) => [
        { role: 'assistant' as const, content: block(source) },
        { role: 'user' as const, content: told },
      ]),
    ]
    const written = await writeProgram(asker, messages, { env, repairs: settings.repairs ?? REPAIRS, onNote })
    if (written.loaded === undefined) throw unwritten(written, asker.id, feedback)
    const { loaded } = written
    return {
      loaded,
      answers,
      history,
      diff: lineDiff(source, loaded.source),
      notes: [
        `${asker.id} wrote ${loaded.program.name} after ${run.program.name} of ${run.name}, as "${feedback}".`,
        `Asked of ${asker.spent()}`,
      ],
    }
  } catch (error) {
    throw keeping(error, answers, env.spec.id, root)
  }
}

/** What was written, and below it the files that it imports, which the run keeps inside of its module. */
function sourceOf(run: StoredRun): string {
  const file = run.programSource(run.program.hash)
  const [, ...parts] = readGraph(run.programFile()).values()
  return [
    readFileSync(file ?? run.programFile(), 'utf8'),
    ...parts.map(({ source }) => `// A file that it imports:\n${source}`),
  ].join('\n')
}

function toldOf(run: StoredRun, feedback: string): string {
  const { eval: judged } = run.summary()
  return template('feedback', {
    steps: String(run.progress().step),
    result: judged === undefined ? 'It was stopped before it was evaluated.' : describeEval(judged),
    terms: termHistory(run),
    feedback: feedback.trim(),
  })
}

const describeEval = ({ episodes, returnMean, successRate }: EvalResult): string =>
  `Over ${episodes} episodes without exploration: return ${Number(returnMean.toPrecision(3))}` +
  (successRate === null
    ? '; success is not judged.'
    : `, success ${Math.round(100 * successRate)} % by the criterion of the program, else of the environment.`)
