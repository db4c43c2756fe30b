/** Several runs one after the other: every cell of a sweep with every seed. */
import type { TrainInput } from '../config.ts'
import { describeError } from '../core/errors.ts'
import type { TrainEvent } from '../core/events.ts'
import { planNew } from '../plan.ts'
import { startTraining, untilDone } from '../train.ts'
import { type Cell, cellName } from './grid.ts'

export interface Experiment {
  readonly seeds: readonly number[]
  readonly cells: readonly Cell[]
  /** The settings of a run, those of a cell in their places. */
  readonly inputOf: (cell: Cell, seed: number) => TrainInput
  readonly root?: string
}

/** What is heard while it goes on. */
export interface Listener {
  /** Run `index` of `count` begins. */
  readonly onStart: (about: { index: number; count: number; name: string; run: string }) => void
  readonly onEvent?: (event: TrainEvent) => void
  readonly onFailure: (name: string, message: string) => void
}

/**
 * Trains them all; each uses every worker it is given. A run that fails is told and left out. Resolves to the names of
 * those that went to their end. Throws CarrotError before the first run when the settings of any are wrong.
 */
export async function runExperiment(
  { seeds, cells, inputOf, root }: Experiment,
  { onStart, onEvent, onFailure }: Listener,
  stop?: AbortSignal,
): Promise<string[]> {
  const planned = cells.flatMap(cell => seeds.map(seed => ({ cell, seed, input: inputOf(cell, seed) })))
  for (const { input } of planned) await planNew(input, root)
  const finished: string[] = []
  for (const [index, { cell, seed, input }] of planned.entries()) {
    if (stop?.aborted) break
    const name = `seed ${seed}${cellName(cell) === '' ? '' : `, ${cellName(cell)}`}`
    try {
      const session = await startTraining(input, { root })
      onStart({ index, count: planned.length, name, run: session.run })
      if (onEvent !== undefined) session.events$.subscribe(onEvent)
      if ((await untilDone(session, stop)) !== null) finished.push(session.run)
    } catch (error) {
      onFailure(name, describeError(error as Error))
    }
  }
  return finished
}
