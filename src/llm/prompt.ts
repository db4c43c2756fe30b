/** What a model is told before it writes its first program for a task. */
import { matchText, programs } from '../../rewards/index.ts'
import { describeEnv } from '../abstraction.ts'
import type { EnvDefinition } from '../core/env.ts'
import { loadProgram } from '../loadProgram.ts'
import { LANGUAGE } from '../proof/language.ts'
import type { ChatMessage } from './chat.ts'
import { template } from './templates.ts'

export interface Task {
  readonly env: EnvDefinition
  /** The behaviour in words. */
  readonly text: string
  /** Programs of the library to show: 0 is zero-shot. */
  readonly shots: number
}

export async function firstMessages({ env, text, shots }: Task): Promise<ChatMessage[]> {
  const chosen = examplesFor(text, env.spec.id, shots)
  const sources = await Promise.all(chosen.map(async name => (await loadProgram(name)).source))
  const task = template('task', {
    abstraction: block(await describeEnv(env)),
    language: block(LANGUAGE),
    example: template('example'),
    others:
      sources.length === 0
        ? ''
        : template('others', {
            programs: sources.map(block).join('\n\n'),
          }),
    advice: template('advice'),
    rules: template('rules'),
    text,
    env: env.spec.id,
    name: nameFor(text, env.spec.id),
  })
  return [
    { role: 'system', content: template('role') },
    // Without examples a gap is left.
    { role: 'user', content: task.replace(/\n{3,}/g, '\n\n') },
  ]
}

/** Code in a message. */
export const block = (code: string): string => `\`\`\`ts\n${code.trimEnd()}\n\`\`\``

/** Names of the library's programs nearest to a text, without the one that is for this very task. */
export function examplesFor(text: string, env: string, shots: number): string[] {
  if (shots === 0) return []
  const own = matchText(text, programs, env)
  const match = matchText(text, programs)
  const ranked = [...(match.refused ? [] : [match]), ...match.runnersUp].map(({ program }) => program.name)
  return ranked.filter(name => own.refused || name !== own.program.name).slice(0, shots)
}

/** Words of a name. */
const MOST_WORDS = 5

/** A program's name from a text: 'lie-on-your-back-and'; texts without Latin letters are named after the environment. */
export function nameFor(text: string, env: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z][a-z0-9]*/g)
  if (words === null) return `${env.toLowerCase().match(/[a-z][a-z0-9]*/)?.[0] ?? 'robot'}-task`
  return words.slice(0, MOST_WORDS).join('-')
}
