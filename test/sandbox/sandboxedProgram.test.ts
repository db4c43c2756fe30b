/** A worker that has to be ended takes one term with it, and nothing else. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward, defineReward, flag, vec3 } from '../../rewards/index.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import { openSandbox } from '../../src/sandbox/index.ts'
import { madeUpColumns } from '../../src/sandbox/madeUpColumns.ts'
import { openShared } from './worker.ts'

const { spec } = envById('hopper')
const columns = madeUpColumns(spec)
const options = { rows: columns.N, gamma: 0.9 }
const LIMITS = { loadTimeout: 8000, timeout: 200 }

const READS = "reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag() },"
/** The library counts no steps: only the watchdog ends this. */
const ENDLESS = 'sumSquares({ length: 1e15 })'
const text = (
  terms: string,
  more = '',
) => `import { defineReward, flag, label, sumSquares, vec3 } from 'carrot-rl'
export default defineReward({ name: 'p', ${READS} terms: { ${terms} }, ${more} })
`
const COUNT = 'count: { weight: 0.5, memory: { n: 1 }, value: (s, m) => (m.n[0] += 1) }'
const FORWARD = 'forward: { weight: 1, value: s => s.torsoVelocity.x }'

/** The same without the term that hangs, outside. */
const native = () =>
  bindReward(
    defineReward({
      name: 'p',
      reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag() },
      terms: {
        count: {
          weight: 0.5,
          memory: { n: 1 },
          value: (_, m) => {
            m.n[0] += 1
            return m.n[0]
          },
        },
        forward: { weight: 1, value: s => s.torsoVelocity.x },
      },
    }),
    spec,
    options,
  )

test('it is ended, muted and told, and the batch is scored without it', async () => {
  // In the second batch: the first row of the first says so.
  const evil = `evil: { weight: 1, memory: { calls: 1 }, value: (s, m) => (m.calls[0] += 1) > 20 ? ${ENDLESS} : 0 }`
  await using sandbox = await openSandbox(text(`${COUNT}, ${evil}, ${FORWARD}`), spec, {
    ...options,
    ...LIMITS,
  })
  const outside = native()
  for (let batch = 0; batch < 3; batch++) {
    const inside = rescoringCopy(columns)
    const wanted = rescoringCopy(columns)
    const failures = await sandbox.score(inside)
    outside.score(wanted)
    if (batch === 0) {
      expect(failures).toMatchObject([{ term: 'evil', muted: true, count: columns.T * columns.N }])
      expect(failures[0].message).toMatch(/longer than/)
    } else expect(failures).toEqual([])
    expect([...sandbox.muted]).toEqual(['evil'])
    expect(inside.reward).toEqual(wanted.reward)
  }
  // Memory and what is muted go into the checkpoint, and come back from it.
  const saved = sandbox.saveMemory()
  await using other = await openShared(text(`${COUNT}, ${evil}, ${FORWARD}`), spec, { ...options, ...LIMITS })
  other.loadMemory(saved)
  expect([...other.muted]).toEqual(['evil'])
  const inside = rescoringCopy(columns)
  const wanted = rescoringCopy(columns)
  expect(await other.score(inside)).toEqual([])
  outside.score(wanted)
  expect(inside.reward).toEqual(wanted.reward)
})

test('what hangs while it is loaded is ended, too', async () => {
  const program = `${text(FORWARD)}\nconst n = ${ENDLESS}`
  const opening = openSandbox(program, spec, { ...options, loadTimeout: 1500 })
  await expect(opening).rejects.toMatchObject({ kind: 'hang' })
})

test('labels that come late are paid, and weights are moved, as outside', async () => {
  const module = text("seen: label({ weight: 2, column: 'eye' })")
  await using sandbox = await openShared(module, spec, { ...options, ...LIMITS, timeout: 5000 })
  const inside = rescoringCopy(columns)
  expect(await sandbox.score(inside)).toEqual([])
  expect(inside.reward.every(value => value === 0)).toBe(true)
  sandbox.setWeights({ seen: 3 })
  inside.labels.set('eye', new Float64Array(columns.T * columns.N).fill(0.5))
  expect(await sandbox.relabel(inside)).toEqual([])
  expect(new Set(inside.reward)).toEqual(new Set([1.5]))
  expect(() => sandbox.setWeights({ unseen: 1 })).toThrow(/no term 'unseen'/)
})

test('a batch of other rows is refused as outside', async () => {
  await using sandbox = await openShared(text(FORWARD), spec, {
    ...options,
    rows: 1,
    ...LIMITS,
    timeout: 5000,
  })
  await expect(sandbox.score(rescoringCopy(columns))).rejects.toMatchObject({ code: 'protocol-misuse' })
  expect(() => sandbox.program.terms[0].formula?.(undefined as never, undefined as never)).toThrow(
    /outside of it/,
  )
})
