/** A model writes a program, and mends it until it is proven or the attempts are used up. */
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { type ProofData, proofData } from '../proof/data.ts'
import { explainForModel } from '../proof/explain.ts'
import { type Proof, prove } from '../proof/prove.ts'
import type { Answer } from './answers.ts'
import type { Asker } from './asker.ts'
import type { ChatMessage } from './chat.ts'
import { programAnswer, programIn } from './extract.ts'
import { block } from './prompt.ts'
import { template } from './templates.ts'

export interface WriteOptions {
  readonly env: EnvDefinition
  /** Answers after the first that may mend it. */
  readonly repairs: number
  /** Hash of the answer that the messages go on from. */
  readonly parent?: string
  /** Tells programs for the same messages apart. */
  readonly sample?: number
  readonly onNote?: (message: string) => void
}

/** A program that can be trained on. */
export interface Written {
  readonly loaded: LoadedProgram
  readonly proof: Proof
  /** Its answer, and those before that were no good. */
  readonly answers: readonly Answer[]
}

/** No program, and why. */
export interface Unwritten {
  readonly loaded?: undefined
  readonly answers: readonly Answer[]
  /** What was wrong with the last, as the model was told, and in a sentence. */
  readonly why: string
  readonly reason: string
}

/** More than anybody draws for one question. */
const SAMPLES = 1000

/** Throws CarrotError 'no-answer' and 'over-budget' as the asker does; a bad program is a value. */
export async function writeProgram(
  asker: Asker,
  messages: readonly ChatMessage[],
  { env, repairs, parent, sample = 0, onNote }: WriteOptions,
): Promise<Written | Unwritten> {
  const answers: Answer[] = []
  let asked = messages
  let why = ''
  let reason = ''
  for (let attempt = 0; attempt <= repairs; attempt++) {
    const answer = await asker.ask(asked, {
      schema: programAnswer,
      parent: answers.at(-1)?.hash ?? parent,
      // A model that has learned nothing is asked the same again, and may answer otherwise.
      sample: sample + attempt * SAMPLES,
    })
    answers.push(answer)
    const source = programIn(answer.text)
    if (source === undefined) {
      why = missing(answer)
      reason = why
      asked = [
        ...messages,
        { role: 'assistant', content: shortened(answer.text) },
        ask(template('noProgram', { what: why })),
      ]
      continue
    }
    const proof = await proofOf(source, await proofData(env))
    if (proof.ok && proof.loaded !== undefined) {
      // It is on no disk yet; the name in its positions is no file.
      const { file: _, ...loaded } = proof.loaded
      return { loaded, proof, answers }
    }
    why = explainForModel(proof)
    const [first] = proof.failures
    reason = `It fails at ${first.stage}: ${first.message}`
    onNote?.(reason)
    // Only the last attempt is shown: earlier ones would be paid for again, and tempt to go back.
    asked = [
      ...messages,
      { role: 'assistant', content: block(source) },
      ask(template('repair', { failures: why })),
    ]
  }
  return { answers, why, reason }
}

/** By environment and text: models write the same program again more often than one would think. */
const proven = new WeakMap<ProofData, Map<string, Promise<Proof>>>()

function proofOf(source: string, data: ProofData): Promise<Proof> {
  const known = proven.get(data) ?? new Map<string, Promise<Proof>>()
  proven.set(data, known)
  const proof = known.get(source) ?? prove(source, data.spec, data, { untrusted: true })
  known.set(source, proof)
  // What went wrong on the machine may go right the next time.
  proof.catch(() => known.delete(source))
  return proof
}

const ask = (content: string): ChatMessage => ({ role: 'user', content })

function missing({ text, cutOff }: Answer): string {
  if (text.trim() === '') return 'The answer was empty.'
  const isOpen = (text.match(/^[ \t]*```/gm)?.length ?? 0) % 2 === 1
  return cutOff || isOpen
    ? 'The answer breaks off before the program is complete.'
    : 'There is no program in the answer.'
}

/** Characters of a useless answer that are worth sending back. */
const SHOWN = 2000
const shortened = (text: string): string => (text.trim() === '' ? '(nothing)' : text.slice(0, SHOWN))

/** Why nothing can be trained, for the user. */
export function unwritten({ answers, why }: Unwritten, model: string, text: string): CarrotError {
  const count = answers.length === 1 ? 'one answer' : `${answers.length} answers`
  return new CarrotError(
    'bad-reward',
    `${model} wrote no program for "${text}" that can be trained on, in ${count}. The last: ${why.replace(/\s+/g, ' ').trim()}`,
    'Say more exactly what the robot should do, allow more attempts with --repairs, or try a larger model.',
  )
}
