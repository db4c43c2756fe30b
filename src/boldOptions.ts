/** Options of the environment that a program which nobody has read may not set. */
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { positionOfWord } from './sourceText.ts'

/** Numbers set how long a step takes to compute; nobody has read how long this one's may. */
export function boldOptions({ program, source, file }: LoadedProgram, { options }: EnvSpec): CarrotError[] {
  return Object.entries(program.envOptions ?? {})
    .filter(([option, value]) => typeof value === 'number' && value !== options[option])
    .map(
      ([option, value]) =>
        new CarrotError(
          'bad-reward',
          `It sets ${option} to ${value}; it may not choose numbers of the environment.`,
          'Leave it as it is; settings that are true, false or a word may be chosen.',
          file === undefined ? undefined : positionOfWord(file, source, option),
        ),
    )
}
