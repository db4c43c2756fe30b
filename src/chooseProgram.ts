/** From what the user said to the program that is trained on. */
import { matchText, programs, type TextMatch } from '../rewards/index.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { loadProgram } from './loadProgram.ts'

export interface Wish {
  /** Program id or file. It wins over `text`. */
  readonly reward?: string
  /** Behaviour in words. */
  readonly text?: string
}

export interface Choice {
  readonly loaded: LoadedProgram
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
}

const HOW_TO_WRITE =
  'A language model that writes a program for any text cannot be connected yet: that comes in a later version. ' +
  'Until then `carrot new reward <name> --env <env>` writes a program of your own to start from; train on it with --reward <file.ts>.'

/** Throws CarrotError when the program does not exist or fit, or when no built-in one is near the text. */
export async function chooseProgram({ reward, text }: Wish, spec: EnvSpec): Promise<Choice> {
  if (reward !== undefined) {
    const loaded = await loadProgram(reward, spec)
    return {
      loaded,
      notes: [`The reward is ${loaded.program.name}${loaded.program.about && `: ${loaded.program.about}`}`],
    }
  }
  if (text === undefined) {
    if (spec.defaultReward === null) throw noReward(spec)
    const loaded = await loadProgram(spec.defaultReward, spec)
    return { loaded, notes: [`The reward is ${spec.defaultReward}, the one ${spec.id} is published with.`] }
  }
  const { program, similarity, runnersUp } = nearest(text, spec.id)
  const next =
    runnersUp[0] && ` Next would be ${runnersUp[0].program.name} (${runnersUp[0].similarity.toFixed(2)}).`
  return {
    loaded: await loadProgram(program.name, spec),
    notes: [
      `No language model is connected, so "${text}" was matched to the built-in program ${program.name} ` +
        `(similarity ${similarity.toFixed(2)} of 1): ${program.about}${next ?? ''}`,
      HOW_TO_WRITE,
    ],
  }
}

const noReward = ({ id }: EnvSpec): CarrotError =>
  new CarrotError(
    'bad-argument',
    `${id} comes without a reward program, so what should be learned is not said.`,
    'Write one (`carrot new reward <name> --env <env>` starts it, with all signals listed) and give it with --reward <file.ts>.',
  )

/** The environment that a text is about. Throws CarrotError 'unknown-name' when no built-in program is near it. */
export const envForText = (text: string): string => nearest(text).program.env as string

/** The nearest built-in program. Throws CarrotError 'unknown-name' with what is covered. */
function nearest(text: string, env?: string): TextMatch & { readonly runnersUp: readonly TextMatch[] } {
  const match = matchText(text, programs, env)
  if (!match.refused) return match
  const covered = programs.filter(program => env === undefined || program.env === env)
  const list = covered.map(({ name, about }) => `${name} (${about.replace(/\.$/, '')})`).join('; ')
  throw new CarrotError(
    'unknown-name',
    `No built-in reward program${env ? ` for ${env}` : ''} is near "${text}" (the nearest has similarity ${match.similarity.toFixed(2)} of 1).`,
    `Covered without a language model: ${list}. ${HOW_TO_WRITE}`,
  )
}
