/** The page about the built-in library: every program, what it asks for, and when an episode counts as done. */
import { envById } from '../envs/index.ts'
import { experts, programs } from '../rewards/index.ts'
import type { RewardProgram } from './core/reward.ts'
import { describeOver } from './core/success.ts'

/** What programs with a criterion of their own call success; the formula is in the program. */
const CRITERIA: Readonly<Record<string, string>> = {
  'hopper-backward': 'It is healthy and goes backward faster than 0.5 m/s',
  'hopper-high': 'It is healthy and its foot is more than 0.1 m off the ground',
  'hopper-front-flip':
    'It stands stretched out on its foot, after one or more whole turns forward (within 23°)',
  'hopper-back-flip':
    'It stands stretched out on its foot, after one or more whole turns backward (within 23°)',
  'cheetah-backward': 'It goes backward faster than 1 m/s',
  'cheetah-flip': 'It turns over forward faster than 3 rad/s',
  'ant-spin': 'It is healthy and turns to the left faster than 1 rad/s',
  'ant-lie-down': 'The torso is at most 0.42 m high, right way up and at rest',
  'ant-lie-on-back': 'The torso is at most 0.32 m high, upside down and at rest',
  'ant-wave-leg':
    'One foot is 0.3 m or more off the ground and its hip turns at 0.5 rad/s or faster; the other three stand, and the torso is up',
  'pendulum-sway': 'The pole is up and the cart goes faster than 0.2 m/s',
}

/** Markdown. Throws when a program has a criterion that is not told here. */
export function libraryDoc(): string {
  const rows = programs.map(program => {
    const expert = experts.find(({ env }) => env === program.env && program.name === env)
    const options = Object.entries(program.envOptions ?? {}).map(([name, value]) => `\`${name}=${value}\``)
    const env = program.env as string
    return [
      `\`${program.name}\``,
      [`[${env}](envs/${env}.md)`, ...options].join(', '),
      program.about,
      criterionOf(program),
      expert === undefined ? '' : `\`${expert.name}\``,
    ]
  })
  return [
    '# Programs of the library',
    'A text without a language model is answered by one of these: `carrot train --text "…"` says which, how near it comes, and which words of the text nothing in it answers. Each is a file of `rewards/programs/`, to read and to start one of your own from.',
    "For the tasks of ManiSkill2 and Meta-World there is the dense reward that they were published with as well, on our models: `--reward <name>-expert`. Each says in its file what of it is as published and what is ours. Of Gymnasium's environments the program that `carrot train <env>` trains on is the published reward, term by term. What policies learn from the two: [bench/results/programs.md](../bench/results/programs.md), by `carrot eval programs`.",
    table(['Program', 'Environment', 'Asks for', 'Success', 'Published reward'], rows),
    '_Made from the programs by `npm run docs`._',
  ]
    .join('\n\n')
    .concat('\n')
}

/** When an episode under a program succeeds, in words. */
export function criterionOf({ name, env, envOptions, success, succeeds }: RewardProgram): string {
  const { spec } = envById(env as string).configure(envOptions ?? {})
  const told = (about: string, over: typeof succeeds) => `${about.replace(/\.$/, '')}: ${describeOver(over)}.`
  if (success === undefined) {
    if (spec.success === null) return 'Not judged.'
    const { signal, over } = spec.success
    return told(spec.signals[signal].about ?? signal, over)
  }
  // Many programs judge by one signal that the environment gives.
  const signal = /^\(?s\)? => s\.(\w+) === 1;?$/.exec(String(success))?.[1]
  const about = CRITERIA[name] ?? (signal === undefined ? undefined : spec.signals[signal].about)
  if (about === undefined) throw new Error(`The success of ${name} is not told in src/libraryDoc.ts.`)
  return told(about, succeeds)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
