/** From what the user said to the program that is trained on. */
import { matchText, programs, type TextMatch } from '../rewards/index.ts'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import type { Answer } from './llm/answers.ts'
import type { LlmSettings } from './llm/asker.ts'
import { modelNamed } from './llm/endpoint.ts'
import { type FromTextOptions, fromText } from './llm/fromText.ts'
import { loadProgram } from './loadProgram.ts'
import { loadUntrusted } from './loadUntrusted.ts'

export interface Wish extends LlmSettings {
  /** Program id or file. It wins over `text`. */
  readonly reward?: string
  /** Nobody vouches for the file. */
  readonly untrusted?: boolean
  /** Behaviour in words. */
  readonly text?: string
  /** Default: the library. */
  readonly via?: 'library' | 'llm' | 'vlm'
}

/** While a language model takes its time. */
export type ChoiceProgress = Omit<FromTextOptions, 'env' | 'text'>

export interface Choice {
  readonly loaded: LoadedProgram
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
  /** Of the language model that wrote it. */
  readonly answers?: readonly Answer[]
}

const OTHER_WAYS =
  'A language model writes a program for any text: --via llm --llm <provider>/<model>, e.g. --llm ollama/qwen3 on your own machine. ' +
  'Or a vision-language model pays for looking like the text: --via vlm. ' +
  'Or write one yourself: `carrot new reward <name> --env <env>` makes a first one; train on it with --reward <file.ts>.'

/**
 * Throws CarrotError when the program does not exist or fit, when no built-in one is near the text, and when a language
 * model is asked and fails.
 */
export async function chooseProgram(
  wish: Wish,
  env: EnvDefinition,
  progress: ChoiceProgress = {},
): Promise<Choice> {
  const { reward, text } = wish
  const { spec } = env
  if (reward !== undefined) {
    const loaded = wish.untrusted ? await loadUntrusted(reward, spec) : await loadProgram(reward, spec)
    return {
      loaded,
      notes: [`The reward is ${loaded.program.name}${loaded.program.about && `: ${loaded.program.about}`}`],
    }
  }
  if (text !== undefined && text.trim() === '') throw noText()
  if (text === undefined) {
    if (wish.via === 'llm') throw noText()
    if (spec.defaultReward === null) throw noReward(spec)
    const loaded = await loadProgram(spec.defaultReward, spec)
    return { loaded, notes: [`The reward is ${spec.defaultReward}, the one that ${spec.id} comes with.`] }
  }
  const llm = modelNamed(wish.llm)
  if (wish.via === 'llm' && llm !== undefined) return fromText({ ...wish, llm }, { ...progress, env, text })
  const { program, similarity, uncovered, runnersUp } = nearest(text, spec.id)
  const next =
    runnersUp[0] && ` Next would be ${runnersUp[0].program.name} (${runnersUp[0].similarity.toFixed(2)}).`
  return {
    loaded: await loadProgram(program.name, spec),
    notes: [
      `No language model is ${wish.via === 'llm' ? 'named with --llm' : 'asked'}, so "${text}" was matched to the built-in program ${program.name} ` +
        `(similarity ${similarity.toFixed(2)} of 1): ${program.about}${next ?? ''}`,
      ...(uncovered.length === 0
        ? []
        : [`Nothing in ${program.name} answers to ${uncovered.map(word => `"${word}"`).join(', ')}.`]),
      OTHER_WAYS,
    ],
  }
}

const noText = (): CarrotError =>
  new CarrotError(
    'bad-argument',
    'What the robot is to learn is not said.',
    'Say what the robot should do: --text "…".',
  )

const noReward = ({ id }: EnvSpec): CarrotError =>
  new CarrotError(
    'bad-argument',
    `${id} comes without a reward program, so what should be learned is not said.`,
    'Write one (`carrot new reward <name> --env <env>` starts it, with all signals listed) and give it with --reward <file.ts>; or say it with --text "…" --via llm.',
  )

/** The environment that a text is about. Throws CarrotError 'unknown-name' when no built-in program is near it. */
export const envForText = (text: string): string => nearest(text).program.env as string

/** The nearest built-in program. Throws CarrotError 'unknown-name' with what is covered. */
function nearest(text: string, env?: string): TextMatch & { readonly runnersUp: readonly TextMatch[] } {
  const match = matchText(text, programs, env)
  if (!match.refused) return match
  const covered = programs.filter(program => env === undefined || program.env === env)
  const list = covered.map(({ name, about }) => `${name} (${about.replace(/\.$/, '')})`).join('; ')
  const [best] = match.runnersUp
  const missing = best?.uncovered.map(word => `"${word}"`).join(', ')
  throw new CarrotError(
    'unknown-name',
    `No built-in reward program${env ? ` for ${env}` : ''} is near "${text}" (the nearest${best ? `, ${best.program.name},` : ''} has similarity ${match.similarity.toFixed(2)} of 1${missing ? ` and answers nothing to ${missing}` : ''}).`,
    `Covered without a language model: ${list}. ${OTHER_WAYS}`,
  )
}
