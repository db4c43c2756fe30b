/** Answers as they are kept: in the user's cache by what was asked, and beside the run or the search they were for. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from '../cacheFolder.ts'
import { freshName, runsRoot, writeWholeSync } from '../store/index.ts'

/** All that an answer depends on. No key, and no address: a model is the same wherever it runs. */
export interface Question {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly temperature?: number
  readonly seed: number
  /** Tells answers to the same question apart. */
  readonly sample: number
}

const answerSchema = z.object({
  hash: z.string(),
  /** Hash of the answer that this one goes on from; null for a first one. */
  parent: z.string().nullable(),
  question: z.object({
    model: z.string(),
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
    temperature: z.number().optional(),
    seed: z.number(),
    sample: z.number(),
  }),
  text: z.string(),
  cutOff: z.boolean(),
  usage: z.object({ input: z.number(), output: z.number(), estimated: z.boolean() }),
  /** ISO 8601, when it was asked. */
  askedAt: z.string(),
})

/** One answer with what was asked. `answers/<hash>.json` of a run or a search. */
export type Answer = Readonly<z.infer<typeof answerSchema>>

/** SHA-256 of what was asked, hex. */
export const questionHash = ({ model, messages, temperature, seed, sample }: Question): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        model,
        messages.map(({ role, content }) => [role, content]),
        temperature ?? null,
        seed,
        sample,
      ]),
    )
    .digest('hex')

/** Answers by hash, in the user's cache folder; one that cannot be written is none. */
export class AnswerCache {
  private readonly folder: string

  constructor(folder = join(cacheFolder(), 'answers')) {
    this.folder = folder
  }

  get(hash: string): Answer | undefined {
    try {
      const answer = answerSchema.parse(JSON.parse(readFileSync(join(this.folder, `${hash}.json`), 'utf8')))
      return answer.hash === hash ? answer : undefined
    } catch {
      return undefined
    }
  }

  put(answer: Answer): void {
    try {
      keepAnswer(this.folder, answer)
    } catch {}
  }
}

/** Writes `<hash>.json`. Throws CarrotError 'no-space' or 'bad-run'. */
export function keepAnswer(folder: string, answer: Answer): void {
  mkdirSync(folder, { recursive: true })
  writeWholeSync(join(folder, `${answer.hash}.json`), answerText(answer), 'an answer')
}

/** Keeps answers that led to no run, in a folder of their own among the runs; returns it. */
export function keepAnswers(answers: readonly Answer[], env: string, root?: string): string {
  const folder = join(runsRoot(root), freshName(`unfinished-${env}`, runsRoot(root)))
  for (const answer of answers) keepAnswer(join(folder, 'answers'), answer)
  return folder
}

/** Those of a folder that `keepAnswer` has written. */
export function readAnswers(folder: string): Answer[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => answerSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
    .sort((a, b) => a.askedAt.localeCompare(b.askedAt))
}

export const answerText = (answer: Answer): string => `${JSON.stringify(answer, null, 2)}\n`
