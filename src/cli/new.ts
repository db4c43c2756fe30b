/** `carrot new`: a file to start from. */
import { relative } from 'node:path'
import { Argument, type Command } from 'commander'
import type { NewReward } from '../newReward.ts'
import { invocation } from './package.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addNew(program: Command): void {
  addVerb(program, {
    usage: 'new',
    about: 'write a commented reward program to start from, with types for the editor',
    example: 'carrot new reward long-leaps --env hopper',
  })
    .addArgument(new Argument('<what>', 'what to write').choices(['reward']))
    .argument('<name>', 'its name: lower-case words joined by hyphens')
    .requiredOption('--env <env>', 'environment it is for: an id, a file of your own, or an MJCF file')
    .action(async (_what: string, name: string, options) => {
      const { say, result } = voice(options)
      const { newReward } = await import('../newReward.ts')
      const { types, ...written } = await newReward(name, options.env)
      say(describe(written, types, await flagFor(options.env)))
      result(written)
    })
}

/** What a verb must be told besides the program: a file is not found by the id that the program names. */
async function flagFor(env: string): Promise<string> {
  const { envs } = await import('../../envs/index.ts')
  return envs.some(({ spec }) => spec.id === env) ? '' : ` --env ${env}`
}

function describe(
  { file, files }: Omit<NewReward, 'types'>,
  types: NewReward['types'],
  flag: string,
): string {
  const own = relative(process.cwd(), file)
  return [
    `Wrote ${files.map(path => relative(process.cwd(), path)).join(' and ')}.`,
    `See what its terms amount to: ${invocation()} check ${own}${flag}`,
    `Train on it:                  ${invocation()} train --reward ${own}${flag}`,
    ...(types === 'missing'
      ? [
          `The tsconfig.json here does not find carrot-rl: install it (npm install carrot-rl) for types in the editor.`,
        ]
      : []),
  ].join('\n')
}
