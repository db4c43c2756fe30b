/** A program gives the same bits in its sandbox as it does outside. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward, programs } from '../../rewards/index.ts'
import type { ScoreColumns } from '../../src/core/batch.ts'
import type { EnvDefinition } from '../../src/core/env.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { playRandomly } from '../../src/randomPlay.ts'
import { openShared } from './worker.ts'

const ROWS = 2
const STEPS = 40
const GAMMA = 0.97
/** Every environment's lightest program is enough; these have potentials, memory, combine or success besides. */
const CHOSEN = [
  'hopper-forward',
  'cheetah-flip',
  'humanoid-stand-up',
  'pose-lotus',
  'pick-cube',
  'open-cabinet-door',
  'curling-slide',
  'ant-maze-reach',
  'door-unlock',
  'pendulum-balance',
]

const plays = new Map<string, Promise<ScoreColumns>>()
function playOf(env: EnvDefinition): Promise<ScoreColumns> {
  const play = plays.get(env.spec.id) ?? playRandomly(env, { rows: ROWS, steps: STEPS, seed: 3 })
  plays.set(env.spec.id, play)
  return play
}

const bits = ({ terms, reward, success }: ScoreColumns) => [
  Buffer.from(terms.buffer).toString('base64'),
  Buffer.from(reward.buffer).toString('base64'),
  [...success],
]

describe('a sandboxed library program gives the same bits', () => {
  test.each(CHOSEN)('%s', async name => {
    const { program, module } = await loadProgram(name)
    const env = envById(program.env as string)
    const play = await playOf(env)
    const weights = Object.fromEntries(program.terms.map((term, k) => [term.name, term.weight + k]))
    const options = { rows: ROWS, gamma: GAMMA, weights }
    const native = bindReward(program, env.spec, options)
    await using sandboxed = await openShared(module, env.spec, options)
    expect(sandboxed.termNames).toEqual(native.termNames)
    expect(sandboxed.weights).toEqual(native.weights)
    expect(sandboxed.succeeds).toEqual(native.succeeds)
    // Twice: memory is carried from batch to batch.
    for (let batch = 0; batch < 2; batch++) {
      const once = rescoringCopy(play)
      const again = rescoringCopy(play)
      expect(await sandboxed.score(again)).toEqual(native.score(once))
      expect(bits(again)).toEqual(bits(once))
      expect(sandboxed.saveMemory()).toEqual(native.saveMemory())
    }
  })
})

test('every library program is inside the dialect', async () => {
  const { compile } = await import('../../src/sandbox/compile.ts')
  const library = Object.keys(await import('../../rewards/library.ts'))
  for (const { name } of programs) {
    const { module } = await loadProgram(name)
    expect(compile(module, library).script.split('\n').length, name).toBeGreaterThan(3)
  }
})
