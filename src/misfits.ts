/** Whether an environment gives what a program reads. */
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import { checkReads, type EnvSpec } from './core/spec.ts'
import { positionOfKey } from './sourceText.ts'

/** What the program reads and the environment does not give so, one error a signal. */
export function misfits({ program, source, file }: LoadedProgram, spec: EnvSpec): CarrotError[] {
  return Object.entries(program.reads).flatMap(([name, field]) => {
    try {
      checkReads(program.name, { [name]: field }, spec.id, spec.signals)
      return []
    } catch (error) {
      const { code, message, hint } = error as CarrotError
      const at = file === undefined ? undefined : positionOfKey(file, source, 'reads', name)
      return [new CarrotError(code, message, hint, at)]
    }
  })
}
