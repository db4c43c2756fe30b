/** How a trained policy did, in words. */
import type { TrainResult } from '../core/events.ts'
import { figure, percent } from './table.ts'

export function describeResult({ reward, eval: judged }: TrainResult): string {
  const { episodes, returnMean, returnStd, nativeReturnMean, successRate } = judged
  return [
    `Over ${episodes} episodes with the deterministic policy:`,
    `  return under ${reward.name}: ${figure(returnMean)} ± ${figure(returnStd)}`,
    ...(nativeReturnMean === null
      ? []
      : [`  return under the environment's published reward: ${figure(nativeReturnMean)}`]),
    `  success: ${successRate === null ? 'not judged' : percent(successRate)}`,
  ].join('\n')
}
