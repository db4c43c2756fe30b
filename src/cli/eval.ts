/** `carrot eval`: how good the policy of a run is. */
import type { Command } from 'commander'
import { addEvalPrograms } from './evalPrograms.ts'
import { addEvalVlm } from './evalVlm.ts'
import { toCheckpoint } from './export.ts'
import { toCount } from './numbers.ts'
import { describeResult } from './result.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addEval(program: Command): void {
  const verb = addVerb(program, {
    usage: 'eval <run>',
    about: 'run episodes with the policy of a run, without exploration noise',
    example: 'carrot eval hopper-forward-s1-20260101-120000 --episodes 100',
  })
    .option('--episodes <n>', 'how many', toCount, 100)
    .option('--reward <reward>', "judge by another program (default: the run's)")
    .option('--checkpoint <which>', 'last, best, or the step of a checkpoint', toCheckpoint, 'last')
    .option('--seed <n>', "seed of the episodes (default: the run's)", toCount)
    .action(async (run: string, { episodes, reward, checkpoint, seed, ...options }) => {
      const { say, result } = voice(options)
      const { evaluateRun } = await import('../evaluateRun.ts')
      const judged = await evaluateRun(run, { episodes, reward, checkpoint, seed })
      say(`${judged.run} (${judged.env}) after ${judged.steps} steps`)
      say(describeResult(judged))
      result(judged)
    })
  addEvalPrograms(verb)
  addEvalVlm(verb)
}
