/** From what a model says to the program in it. */
import { z } from 'zod'

/** The form of an answer, for models that can be held to one. */
export const programAnswer = z.object({
  plan: z
    .string()
    .describe('How the behaviour is told in numbers: stages, terms, and why their weights are as they are.'),
  program: z.string().describe('The whole TypeScript file.'),
})

/** The program's text; undefined when there is none. Of several blocks of code the last counts. */
export function programIn(text: string): string | undefined {
  const formal = formalProgram(text)
  if (formal !== undefined) return fenced(formal) ?? tidy(formal)
  const block = fenced(text)
  if (block !== undefined) return formalProgram(block) ?? block
  // Some give the bare file.
  return /^\s*(\/\*\*|\/\/|import\b)/.test(text) && text.includes('defineReward') ? tidy(text) : undefined
}

function formalProgram(text: string): string | undefined {
  const [, inner] = /^\s*```json\s*\n([\s\S]*?)\n```\s*$/.exec(text) ?? []
  try {
    const { program } = programAnswer.partial({ plan: true }).parse(JSON.parse(inner ?? text))
    return program
  } catch {
    return undefined
  }
}

/** The last block that calls itself TypeScript or JavaScript, else the last that calls itself nothing. */
function fenced(text: string): string | undefined {
  const blocks = [...text.matchAll(/^[ \t]*```([\w.+-]*)[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)]
  const last = (wanted: RegExp) => blocks.findLast(([, language]) => wanted.test(language))?.[2]
  const found = last(/^(ts|typescript|tsx|js|javascript|mjs|mts)$/i) ?? last(/^$/)
  return found === undefined ? undefined : tidy(found)
}

const tidy = (source: string): string => `${source.replaceAll('\r\n', '\n').trim()}\n`
