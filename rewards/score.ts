/**
 * Runs a program over recorded columns: one loop per term over all rows, nothing allocated per step. The same numbers
 * come out whether a row is scored in a training batch or later in a recording of its episode: a row's value depends
 * on that row and the term's memory alone, and terms are always added in the program's order, starting from +0.
 */
import type { ScoreColumns } from '../src/core/batch.ts'
import { CarrotError, closest } from '../src/core/errors.ts'
import type {
  BindOptions,
  BindReward,
  RewardProgram,
  RewardScorer,
  TermFailure,
  TermSpec,
} from '../src/core/reward.ts'
import { checkReads, type EnvSpec, layoutOf, type SuccessOver } from '../src/core/spec.ts'
import { type Cursor, cursorOf } from './cursor.ts'
import { TermMemory } from './memory.ts'
import { checkDial, dialsOf } from './vlm/dials.ts'
import { fillVision, type VisionMemory } from './vlm/fill.ts'

/** Checks names and units against the environment and readies the program. Throws CarrotError 'bad-signal'. */
export const bindReward: BindReward = (program, spec, options) => {
  checkReads(program.name, program.reads, spec.id, spec.signals)
  return new Scorer(program, spec, options, NOBODY)
}

/** Who stands around the functions of a program: a sandbox, which counts their steps, or nobody. */
export interface Watch {
  /** Set to `steps` before every row. */
  readonly meter: { left: number }
  steps: number
  /** The functions of this term, of 'combine' or of 'success' run from now on. */
  enter(owner: string): void
  /** What to say of what one of them threw; it may have thrown anything. */
  explain(owner: string, error: unknown): string
}

const NOBODY: Watch = {
  meter: { left: 0 },
  steps: 0,
  enter: () => undefined,
  explain: (_, error) =>
    `It threw: ${(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')}.`,
}

/** As `bindReward`, for a sandbox. */
export const bindWatched = (
  program: RewardProgram,
  spec: EnvSpec,
  options: BindOptions,
  watch: Watch,
): RewardScorer => new Scorer(program, spec, options, watch)

/** Where a row's failure is noted under a name of its own besides the terms'. */
const COMBINE = 'combine'
const SUCCESS = 'success'

type Formula = (state: object, memory?: object) => unknown

class Scorer implements RewardScorer {
  readonly program: RewardProgram
  readonly termNames: readonly string[]
  readonly succeeds: SuccessOver
  weights: Readonly<Record<string, number>> = {}
  readonly muted = new Set<string>()

  private readonly watch: Watch
  private readonly spec: EnvSpec
  private readonly gamma: number
  private readonly rows: number
  private readonly signalWidth: number
  private readonly cursor: Cursor
  private readonly memory: TermMemory
  /** Φ of the row's current state, where the loop has just computed it. */
  private readonly phi: Float64Array
  private readonly phiKnown: Uint8Array
  /** Argument of `combine`; nothing can be added to it, which would be there at the next row. */
  private readonly weighted: Record<string, number>

  constructor(program: RewardProgram, spec: EnvSpec, options: BindOptions, watch: Watch) {
    this.watch = watch
    this.program = program
    this.spec = spec
    this.gamma = options.gamma
    this.rows = options.rows
    this.termNames = program.terms.map(term => term.name)
    this.weighted = Object.seal(Object.fromEntries(this.termNames.map(name => [name, 0])))
    this.succeeds = program.success === undefined ? (spec.success?.over ?? 'last') : program.succeeds
    this.signalWidth = layoutOf(spec.signals).width
    this.cursor = cursorOf(program.reads, spec)
    this.memory = new TermMemory(program.terms, options.rows)
    this.phi = new Float64Array(options.rows)
    this.phiKnown = new Uint8Array(options.rows)
    const weights = Object.fromEntries(program.terms.map(term => [term.name, term.weight]))
    this.weights = Object.freeze({ ...weights, ...dialsOf(program.terms) })
    this.setWeights(options.weights ?? {})
  }

  setWeights(weights: Readonly<Record<string, number>>): void {
    const names = Object.keys(this.weights)
    for (const [name, weight] of Object.entries(weights)) {
      if (!names.includes(name)) {
        const near = closest(name, names)
        throw new CarrotError(
          'unknown-name',
          `${this.program.name} has no term '${name}' to weigh.`,
          near === undefined ? `Its terms are ${names.join(', ')}.` : `Did you mean '${near}'?`,
        )
      }
      const [term, dial] = name.split('.')
      if (dial !== undefined) {
        checkDial(`Of term '${term}',`, dial, weight)
        continue
      }
      if (!Number.isFinite(weight)) {
        throw new CarrotError(
          'bad-argument',
          `The weight of '${name}' is ${weight}.`,
          'Give a finite number.',
        )
      }
    }
    this.weights = Object.freeze({ ...this.weights, ...weights })
  }

  /** Failing rows count as 0 and the rest of the batch keeps its values; from the next batch on the term is off. */
  score(columns: ScoreColumns): TermFailure[] {
    this.enter(columns)
    const failures = new Failures(this.spec.dt, columns)
    const size = columns.T * columns.N
    this.program.terms.forEach((term, k) => {
      const out = columns.terms.subarray(k * size, (k + 1) * size)
      if (this.muted.has(term.name)) out.fill(0)
      else if (term.kind === 'label') this.fillLabel(term, columns, out, failures)
      else if (term.kind === 'potential') this.fillPotential(term, columns, out, failures)
      else this.fillValue(term, columns, out, failures)
      out.fill(0, rowsOn(term.name, columns))
    })
    this.sum(columns, failures)
    this.judge(columns, failures)
    for (const failure of failures.list) this.muted.add(failure.term)
    return failures.list
  }

  relabel(columns: ScoreColumns): TermFailure[] {
    const failures = new Failures(this.spec.dt, columns)
    const size = columns.T * columns.N
    this.program.terms.forEach((term, k) => {
      if (term.kind !== 'label' || this.muted.has(term.name)) return
      this.fillLabel(term, columns, columns.terms.subarray(k * size, (k + 1) * size), failures)
    })
    this.sum(columns, failures)
    for (const failure of failures.list) this.muted.add(failure.term)
    return failures.list
  }

  /** Flags of what is muted, then the numbers of all rows: all that scoring carries from batch to batch. */
  saveMemory(): Float64Array {
    const flags = this.mutable().map(name => (this.muted.has(name) ? 1 : 0))
    return Float64Array.from([...flags, ...this.memory.numbers])
  }

  loadMemory(memory: Float64Array): void {
    const names = this.mutable()
    const expected = names.length + this.memory.numbers.length
    if (memory.length !== expected) {
      throw new CarrotError(
        'bad-file',
        `The saved term memory has ${memory.length} numbers; ${this.program.name} keeps ${expected} for ${this.rows} rows.`,
        'It belongs to another program or another number of environments; resume with those.',
      )
    }
    this.muted.clear()
    names.forEach((name, i) => {
      if (memory[i] === 1) this.muted.add(name)
    })
    this.memory.numbers.set(memory.subarray(names.length))
  }

  private mutable(): string[] {
    return [...this.termNames, COMBINE, SUCCESS]
  }

  /** Makes room for the terms and points the cursor at the columns. */
  private enter(columns: ScoreColumns): void {
    const { T, N, signals } = columns
    if (N !== this.rows) {
      throw new CarrotError(
        'protocol-misuse',
        `${this.program.name} was bound for ${this.rows} rows and got ${N}.`,
        'Bind it again with the number of rows to score.',
      )
    }
    if (signals.length !== (T + 1) * N * this.signalWidth) {
      throw new CarrotError(
        'bad-signal',
        `The recording has ${signals.length / ((T + 1) * N)} signal numbers a step; '${this.spec.id}' gives ${this.signalWidth}.`,
        'It was made by another version of the environment and cannot be scored again with this one.',
      )
    }
    const size = this.program.terms.length * T * N
    if (columns.terms.length !== size) columns.terms = new Float64Array(size)
  }

  /** Voids what the cursor remembers of other columns, or of what a formula did to its copies. */
  private look({ signals, applied }: ScoreColumns): Cursor {
    this.cursor.after.enter(signals)
    this.cursor.before.enter(signals)
    this.cursor.action.enter(applied)
    return this.cursor
  }

  private fillValue(term: TermSpec, columns: ScoreColumns, out: Float64Array, failures: Failures): void {
    const { T, N, valid, stepInEpisode, terminated, truncated } = columns
    const { after, before, action, clock, state } = this.look(columns)
    const formula = term.formula as Formula
    const memory = this.memory.of(term)
    const S = this.signalWidth
    const A = this.spec.action.low.length
    const { watch } = this
    watch.enter(term.name)
    for (let t = 0, row = 0; t < T; t++) {
      for (let n = 0; n < N; n++, row++) {
        out[row] = 0
        if (valid[row] === 0) continue
        before.base = row * S
        after.base = (row + N) * S
        action.base = row * A
        clock.step = stepInEpisode[row] + 1
        clock.ends = terminated[row] | truncated[row]
        if (memory !== undefined && clock.step === 1) memory.forget(n)
        watch.meter.left = watch.steps
        try {
          const value = formula(state, memory?.views[n])
          // Adding +0 turns -0 into +0, so that equal rewards are equal bits.
          if (Number.isFinite(value)) out[row] = (value as number) + 0
          else failures.note(term.name, row, this.describe(value))
        } catch (error) {
          failures.note(term.name, row, watch.explain(term.name, error))
        }
      }
    }
  }

  /** γΦ(s′)−Φ(s). Φ of a terminal state is 0 and is not asked for; the state a clock cut off keeps its Φ. */
  private fillPotential(term: TermSpec, columns: ScoreColumns, out: Float64Array, failures: Failures): void {
    const { T, N, valid, terminated } = columns
    const { after, before: place, prev: readings } = this.look(columns)
    const { phi, phiKnown, gamma, signalWidth: S } = this
    const potential = term.formula as Formula
    phiKnown.fill(0)
    const { watch } = this
    watch.enter(term.name)
    for (let t = 0, row = 0; t < T; t++) {
      for (let n = 0; n < N; n++, row++) {
        out[row] = 0
        const known = phiKnown[n] === 1
        phiKnown[n] = 0
        if (valid[row] === 0) continue
        watch.meter.left = watch.steps
        try {
          place.base = row * S
          // No formula looks there; `describe` does.
          after.base = row * S
          const from = known ? phi[n] : (potential(readings) as number)
          place.base = (row + N) * S
          const to = terminated[row] === 1 ? 0 : (potential(readings) as number)
          const value = gamma * to - from
          if (Number.isFinite(from) && Number.isFinite(value)) {
            out[row] = value + 0
            phi[n] = to
            phiKnown[n] = 1 - terminated[row]
          } else failures.note(term.name, row, this.describe(Number.isFinite(from) ? to : from))
        } catch (error) {
          failures.note(term.name, row, watch.explain(term.name, error))
        }
      }
    }
  }

  /** A label is paid where there is one. NaN means that none came, which is no failure. */
  private fillLabel(term: TermSpec, columns: ScoreColumns, out: Float64Array, failures: Failures): void {
    if (term.vision !== undefined) {
      const memory = (this.memory.of(term)?.views ?? []) as VisionMemory[]
      const asked = { request: term.vision, dials: this.dials(term), gamma: this.gamma, memory }
      const row = fillVision(columns, asked, out)
      if (row >= 0) failures.note(term.name, row, 'The similarity is infinite.')
      return
    }
    const column = columns.labels.get(term.label as string)
    out.fill(0)
    if (column === undefined) return
    for (let row = 0; row < out.length; row++) {
      const value = column[row]
      if (columns.valid[row] === 0 || Number.isNaN(value)) continue
      if (Number.isFinite(value)) out[row] = value + 0
      else failures.note(term.name, row, `The label is ${value}.`)
    }
  }

  /** Where the dials of a term stand. */
  private dials({ name, vision }: TermSpec): Readonly<Record<string, number>> {
    const names = Object.keys(vision?.dials ?? {})
    return Object.fromEntries(names.map(dial => [dial, this.weights[`${name}.${dial}`]]))
  }

  private sum(columns: ScoreColumns, failures: Failures): void {
    const { reward, terms, valid } = columns
    const size = columns.T * columns.N
    reward.fill(0)
    this.termNames.forEach((name, k) => {
      const weight = this.weights[name]
      const first = k * size
      for (let row = 0; row < size; row++) reward[row] += weight * terms[first + row]
    })
    if (this.program.combine !== undefined && !this.muted.has(COMBINE)) this.combine(columns, failures)
    const scale = this.program.rate === 'per-second' ? this.spec.dt : 1
    for (let row = 0; row < size; row++) {
      const total = reward[row] * scale + 0
      if (!Number.isFinite(total)) failures.note(COMBINE, row, `The weighted sum is ${total}.`)
      reward[row] = valid[row] === 1 && Number.isFinite(total) ? total : 0
    }
  }

  /** A row that `combine` fails on keeps its weighted sum. */
  private combine(columns: ScoreColumns, failures: Failures): void {
    const { T, N, reward, terms, valid } = columns
    const { termNames, weights, weighted, watch } = this
    watch.enter(COMBINE)
    const combine = this.program.combine as Formula
    for (let row = 0; row < rowsOn(COMBINE, columns); row++) {
      if (valid[row] === 0) continue
      for (let k = 0; k < termNames.length; k++) {
        weighted[termNames[k]] = weights[termNames[k]] * terms[k * T * N + row]
      }
      watch.meter.left = watch.steps
      try {
        const total = combine(weighted)
        if (Number.isFinite(total)) reward[row] = total as number
        else failures.note(COMBINE, row, `It returned ${show(total)}.`)
      } catch (error) {
        failures.note(COMBINE, row, watch.explain(COMBINE, error))
      }
    }
  }

  private judge(columns: ScoreColumns, failures: Failures): void {
    const { N, success, valid, stepInEpisode, terminated, truncated } = columns
    success.fill(0)
    if (this.program.success === undefined) this.copyCriterion(columns)
    if (this.program.success === undefined || this.muted.has(SUCCESS)) return
    const { after, before, action, clock, state } = this.look(columns)
    const holds = this.program.success as Formula
    const { watch } = this
    watch.enter(SUCCESS)
    const S = this.signalWidth
    const A = this.spec.action.low.length
    for (let row = 0; row < rowsOn(SUCCESS, columns); row++) {
      if (valid[row] === 0) continue
      before.base = row * S
      after.base = (row + N) * S
      action.base = row * A
      clock.step = stepInEpisode[row] + 1
      clock.ends = terminated[row] | truncated[row]
      watch.meter.left = watch.steps
      try {
        success[row] = holds(state) ? 1 : 0
      } catch (error) {
        failures.note(SUCCESS, row, watch.explain(SUCCESS, error))
      }
    }
  }

  /** The environment's own criterion is one of its signals. */
  private copyCriterion({ N, success, valid, signals }: ScoreColumns): void {
    if (this.spec.success === null) return
    const S = this.signalWidth
    const at = layoutOf(this.spec.signals).slots[this.spec.success.signal].offset
    for (let row = 0; row < success.length; row++) {
      if (valid[row] === 1) success[row] = signals[(row + N) * S + at]
    }
  }

  /** Why a formula's answer is no number, with the signals that are to blame. */
  private describe(value: unknown): string {
    const { after, before } = this.cursor
    const { slots } = layoutOf(this.spec.signals)
    const culprits = Object.keys(this.program.reads).filter(name => {
      const { offset, width } = slots[name]
      const at = (place: typeof after) =>
        place.data.subarray(place.base + offset, place.base + offset + width)
      return [...at(after), ...at(before)].some(x => !Number.isFinite(x))
    })
    const why = culprits.length === 0 ? '' : ` because ${culprits.join(', ')} is not finite`
    return `It returned ${show(value)}${why}.`
  }
}

/** Rows before a term was switched off, in recordings of when it was. */
const rowsOn = (name: string, { T, N, offFrom }: ScoreColumns): number => (offFrom?.[name] ?? T) * N

/** The first failure of each term, and how many rows of it failed. */
class Failures {
  readonly list: TermFailure[] = []
  private readonly dt: number
  private readonly columns: ScoreColumns

  constructor(dt: number, columns: ScoreColumns) {
    this.dt = dt
    this.columns = columns
  }

  note(term: string, row: number, message: string): void {
    const { episode, stepInEpisode, N } = this.columns
    const known = this.list.findIndex(failure => failure.term === term)
    if (known >= 0) {
      this.list[known] = { ...this.list[known], count: this.list[known].count + 1 }
      return
    }
    this.list.push({
      term,
      row: row % N,
      episode: episode[row],
      time: (stepInEpisode[row] + 1) * this.dt,
      message,
      count: 1,
      muted: true,
    })
  }
}

const show = (value: unknown): string =>
  typeof value === 'number' || value === undefined || value === null
    ? String(value)
    : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
