/** What hostile programs try: none gets out, none hangs the run, none ends the process, none is there afterwards. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { envById } from '../../envs/index.ts'
import { bindReward } from '../../rewards/index.ts'
import type { ScoreColumns } from '../../src/core/batch.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import type { TermFailure } from '../../src/core/reward.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { madeUpColumns } from '../../src/sandbox/madeUpColumns.ts'
import { Refusal, type RefusalKind } from '../../src/sandbox/refusal.ts'
import { openShared, workersStarted } from './worker.ts'

interface Attack {
  readonly name: string
  /** How it must be refused, or that it is harmless. */
  readonly kind: Outcome | readonly Outcome[]
  /** Text in front of the program and behind it, the formula of its term, all its terms, or more of the definition. */
  readonly above?: string
  readonly below?: string
  readonly term?: string
  readonly terms?: string
  readonly more?: string
  /** In place of all that. */
  readonly source?: string
  /** A character that stands a hundred thousand times. */
  readonly deep?: string
  /** What fails, if not 'evil'. */
  readonly owner?: string
  /** Value of the term in every row. */
  readonly gives?: number
  /** It gives the same when it is asked again. */
  readonly pure?: boolean
  /** It hangs where no steps are counted: the worker has to be ended. */
  readonly wait?: boolean
}
type Outcome = RefusalKind | 'fine'

const { spec } = envById('hopper')
const GAMMA = 0.9
const columns = madeUpColumns(spec)
const options = { rows: columns.N, gamma: GAMMA }
const TIMEOUTS = { loadTimeout: 8000, timeout: 8000 }
/** What hangs on purpose is not waited for so long. */
const SHORT = { ...TIMEOUTS, timeout: 300 }

function sourceOf({ above = '', below = '', term = '', terms, more = '', source, deep }: Attack): string {
  if (deep !== undefined) return deep.repeat(100_000)
  return (
    source ??
    `import { clamp, defineReward, flag, norm, scalar, sumSquares, vec3, vector } from 'carrot-rl'
${above}
export default defineReward({
  name: 'attack',
  reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag(), jointAngles: vector('rad') },
  terms: { ${terms ?? `evil: { weight: 1, value: ${term} }`} },
  ${more}
})
${below}
`
  )
}

interface Seen {
  readonly outcome: Outcome
  readonly failures: readonly TermFailure[]
  readonly scored?: ScoreColumns
  /** Bits of two more times. */
  readonly again?: readonly string[]
}

async function attempt(attack: Attack): Promise<Seen> {
  try {
    await using sandbox = await openShared(sourceOf(attack), spec, {
      ...options,
      ...(attack.wait ? SHORT : TIMEOUTS),
    })
    const fresh = sandbox.saveMemory()
    const scored = rescoringCopy(columns)
    const failures = await sandbox.score(scored)
    const owner = attack.owner ?? 'evil'
    const isStopped = attack.wait && failures.some(({ term }) => term === owner)
    const outcome = sandbox.faults[owner]?.kind ?? (isStopped ? 'hang' : 'fine')
    const again: string[] = []
    for (let time = 0; attack.pure && time < 2; time++) {
      sandbox.loadMemory(fresh)
      const copy = rescoringCopy(columns)
      await sandbox.score(copy)
      again.push(bits(copy))
    }
    return { outcome, failures, scored, again }
  } catch (error) {
    if (error instanceof Refusal) return { outcome: error.kind, failures: [] }
    throw error
  }
}

const bits = ({ terms, reward }: ScoreColumns): string =>
  Buffer.from(Float64Array.from([...terms, ...reward]).buffer).toString('base64')

const native = rescoringCopy(columns)
const { program, module } = await loadProgram('hopper-forward')
bindReward(program, spec, options).score(native)

/** An honest program, in the same worker, gives what it gives outside. */
async function expectUnharmed(): Promise<void> {
  await using sandbox = await openShared(module, spec, { ...options, ...TIMEOUTS })
  const copy = rescoringCopy(columns)
  expect(await sandbox.score(copy)).toEqual([])
  expect(bits(copy)).toBe(bits(native))
}

const files = globSync('attacks/*.yaml', { cwd: import.meta.dirname }).sort()

describe.each(files)('%s', file => {
  const attacks = parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as Attack[]

  test.each(attacks)(`${basename(file, '.yaml')}: $name`, async attack => {
    const { outcome, failures, scored, again = [] } = await attempt(attack)
    expect([attack.kind].flat()).toContain(outcome)
    for (const { message } of failures) {
      expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      expect(message.length).toBeLessThan(600)
    }
    if (scored === undefined) return
    for (const value of [...scored.terms, ...scored.reward]) expect(value).toSatisfy(Number.isFinite)
    if (attack.gives !== undefined) expect(new Set(scored.terms)).toEqual(new Set([attack.gives]))
    for (const time of again) expect(time).toBe(bits(scored))
  })

  test('and an honest program is unharmed', expectUnharmed)
})

test('few workers had to be ended', () => {
  expect(workersStarted()).toBeLessThan(4)
})
