/** A sandbox's worker that is lent to one program after the other, as starting one takes most of a test's time. */
import { afterAll } from 'vitest'
import type { BindOptions } from '../../src/core/reward.ts'
import type { EnvSpec } from '../../src/core/spec.ts'
import type { Answer } from '../../src/sandbox/messages.ts'
import { startWorker } from '../../src/sandbox/node/startWorker.ts'
import type { Refused } from '../../src/sandbox/refusal.ts'
import { SandboxedProgram, type SandboxLimits, type StartWorker } from '../../src/sandbox/sandboxedProgram.ts'

interface Lent {
  readonly worker: ReturnType<StartWorker>
  onAnswer(answer: Answer): void
  onDeath(why: Refused): void
}

/** A way to start workers that hands out the last one again unless it was ended. */
function sharing(): { readonly start: StartWorker; close(): void; readonly started: () => number } {
  let lent: Lent | undefined
  let started = 0
  const start: StartWorker = (onAnswer, onDeath) => {
    if (lent === undefined) {
      started++
      const mine: Lent = {
        onAnswer,
        onDeath,
        worker: startWorker(
          answer => mine.onAnswer(answer),
          why => {
            if (lent === mine) lent = undefined
            mine.onDeath(why)
          },
        ),
      }
      lent = mine
    }
    const mine = lent
    mine.onAnswer = onAnswer
    mine.onDeath = onDeath
    let answered = true
    return {
      post(request) {
        answered = false
        mine.onAnswer = answer => {
          answered = true
          onAnswer(answer)
        }
        mine.worker.post(request)
      },
      terminate() {
        mine.onAnswer = () => undefined
        mine.onDeath = () => undefined
        // Still at work: it will not be lent again.
        if (answered || lent !== mine) return
        lent = undefined
        mine.worker.terminate()
      },
    }
  }
  return { start, close: () => lent?.worker.terminate(), started: () => started }
}

const shared = sharing()
afterAll(shared.close)

/** Workers started so far. */
export const workersStarted = shared.started

export const openShared = (
  module: string,
  spec: EnvSpec,
  options: BindOptions & SandboxLimits,
): Promise<SandboxedProgram> => SandboxedProgram.open(module, spec, options, shared.start)
