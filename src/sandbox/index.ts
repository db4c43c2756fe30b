/** Runs programs that nobody has read: see docs/untrusted-programs.md. */
import type { BindOptions } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { startWorker } from './node/startWorker.ts'
import { SandboxedProgram, type SandboxLimits } from './sandboxedProgram.ts'

export { isMarked } from './mark.ts'
export { type VetOptions, type Vetted, vet } from './node/vet.ts'
export type { VetText } from './node/vetMessages.ts'
export { REFUSALS, Refusal, type RefusalKind, type Refused, refusalOf } from './refusal.ts'
export { SandboxedProgram, type SandboxLimits } from './sandboxedProgram.ts'

/**
 * Loads a program (`LoadedProgram.module`) into a worker of its own and readies it for the environment. Throws `Refusal`,
 * a CarrotError with a kind, when it is not to be run. Dispose of it when done.
 */
export const openSandbox = (
  module: string,
  spec: EnvSpec,
  options: BindOptions & SandboxLimits,
): Promise<SandboxedProgram> => SandboxedProgram.open(module, spec, options, startWorker)
