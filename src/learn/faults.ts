/** What can go wrong with numbers: losses that are not finite, and checkpoints of another architecture. */
import { CarrotError } from '../core/errors.ts'
import type { TensorData } from '../core/safetensors.ts'

/** Arrays by name, in the order in which they are computed. */
export type Suspects = Iterable<readonly [name: string, data: ArrayLike<number>]>

const AGAIN = 'Checkpoints are from before, and the same settings would lead here again'

/** An update whose numbers are not finite; `suspects` in the order of their computation, so that the cause is named. */
export function diverged(algorithm: string, update: number, suspects: Suspects): CarrotError {
  let cause = 'no tensor that was looked at'
  for (const [name, data] of suspects) {
    const at = Array.from(data).findIndex(value => !Number.isFinite(value))
    if (at < 0) continue
    cause = data.length === 1 ? `${name} (${data[at]})` : `${name}, element ${at} (${data[at]})`
    break
  }
  return new CarrotError(
    'diverged',
    `Update ${update} of ${algorithm} gave numbers that are not finite; the first bad tensor is ${cause}.`,
    `${AGAIN}: lower the learning rate or bound the reward, in a new run, or in config.yaml of this one and --resume.`,
  )
}

/**
 * A policy that left the one that acted so far behind that its losses mean nothing. `limited`: iterations already end
 * after the epoch that moved it by --target-kl.
 */
export const runaway = (update: number, kl: number, limited: boolean): CarrotError =>
  new CarrotError(
    'diverged',
    `Update ${update} of ppo moved the policy by a KL divergence of ${kl.toPrecision(3)}.`,
    `${AGAIN}: lower the learning rate${limited ? '' : ' or set --target-kl'}, in a new run, or in config.yaml of this one and --resume.`,
  )

/**
 * Throws CarrotError 'bad-run', with both lengths, unless every wanted tensor is there with the wanted length.
 */
export function checkTensors(
  wanted: Readonly<Record<string, number>>,
  tensors: Readonly<Record<string, TensorData>>,
): void {
  for (const [name, length] of Object.entries(wanted)) {
    const found = tensors[name]?.length
    if (found === length) continue
    throw new CarrotError(
      'bad-run',
      found === undefined
        ? `The checkpoint has no tensor '${name}' [${length}].`
        : `The checkpoint's tensor '${name}' is [${found}]; this run needs [${length}].`,
      'It was made with other settings (algorithm, hidden widths, environments): train anew with yours, or use its own.',
    )
  }
}
