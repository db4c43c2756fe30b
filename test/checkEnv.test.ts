/** An environment is checked by playing it; each kind of fault is found. */
import { describe, expect, test } from 'vitest'
import { envById } from '../envs/index.ts'
import { checkEnv } from '../src/checkEnv.ts'
import type { EnvDefinition } from '../src/core/env.ts'
import { checkEnvOutput } from '../src/protocol/cli.ts'
import { defineEnv } from '../src/sim/defineEnv.ts'
import type { MujocoDefinition } from '../src/sim/definition.ts'
import { type Read, slice } from '../src/sim/fields.ts'
import { carrot, json } from './cli/carrot.ts'
import { ball } from './sim/model.ts'

const faultsOf = async (definition: EnvDefinition): Promise<Record<string, readonly string[]>> => {
  const { checks } = await checkEnv(definition)
  return Object.fromEntries(
    checks.filter(({ faults }) => faults.length > 0).map(({ name, faults }) => [name, faults]),
  )
}
const broken = (change: Partial<MujocoDefinition>) => faultsOf(defineEnv(ball(change)))

test('a sound environment passes', async () => {
  const report = await checkEnv(envById('hopper'))
  expect(report).toMatchObject({ env: 'hopper', ok: true })
  expect(report.checks.flatMap(({ faults }) => faults)).toEqual([])
})

describe('what is found', () => {
  test('numbers drawn outside of rng', async () => {
    let drawn = 0
    const { determinism } = await broken({
      update({ qpos }) {
        qpos[0] += 1e-6 * drawn++
      },
    })
    expect(determinism.join()).toMatch(/drift apart/)
  })

  test('a start that is always the same', async () => {
    const faults = await broken({ start: () => undefined })
    expect(faults.determinism.join()).toMatch(/draws nothing/)
  })

  test('numbers that are not finite', async () => {
    const about = 'The root of the height.'
    const signals = ball().signals
    const read: Read = (sim, out, at) => {
      out[at] = Math.sqrt(sim.qpos[0])
    }
    const root = { shape: [], unit: 'm', about, read } as const
    const { finite } = await broken({ signals: { ...signals, root } })
    expect(finite.join()).toMatch(/signal 'root' became NaN/)
  })

  test('a state that is kept elsewhere', async () => {
    const kept = new Map<object, number>()
    const { states, determinism } = await broken({
      update(sim) {
        const count = (kept.get(sim) ?? 0) + 1
        kept.set(sim, count)
        sim.qvel[0] += 1e-3 * count
      },
    })
    expect(determinism ?? states).toBeDefined()
    expect(states.join()).toMatch(/differs/)
  })

  test('what never changes, and what is not there to look at', async () => {
    const { obs } = ball()
    const read: Read = (_, out, at) => {
      out[at] = 3
    }
    const still = { shape: [], unit: 'm' as const, about: 'The same.', read }
    const { constants, views } = await broken({ obs: { ...obs, still } })
    expect(constants).toEqual(["The observation 'still' never changes."])
    expect(views.join()).toMatch(/no keyframe/)
    const rate = { shape: [], unit: 'm/s' as const, about: '', read: slice('qvel', 0) }
    expect((await broken({ obs: { rate } })).views.join()).toMatch(/'rate' does not say what it is/)
  })
})

test('the command says so', async () => {
  expect((await json(checkEnvOutput, 'check-env', 'inverted-pendulum')).ok).toBe(true)
  const { code, stdout } = await carrot('check-env', 'inverted-pendulum')
  expect(code).toBe(0)
  expect(stdout).toMatch(/It can be trained on/)
})
