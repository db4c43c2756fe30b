/** A run read back from its folder, for `carrot watch`. It follows the log, as another process may still be recording. */
import { readFileSync } from 'node:fs'
import { concatMap, Observable, share, timer } from 'rxjs'
import type { TrainEvent } from '../core/events.ts'
import type { StoredRun } from '../store/index.ts'
import type { RunSource } from './source.ts'

/** Between looks at the log, ms. */
const LOOK_EVERY = 500

export function storedRunSource(run: StoredRun): RunSource {
  const { env, scene, gamma } = run.header
  const still = { run: run.name, env, scene, gamma, live: false, paused: false }
  return {
    info: () => ({ ...still, program: run.program, ...run.progress() }),
    episodes: () => run.episodes(),
    episode: id => run.episodeBytes(id),
    metrics: () => run.metrics(),
    program: () => readFileSync(run.programFile(), 'utf8'),
    events$: newEvents(run).pipe(share()),
  }
}

/** What is appended to the log from the subscription on. */
const newEvents = (run: StoredRun): Observable<TrainEvent> =>
  new Observable<TrainEvent>(subscriber => {
    let { end } = run.log()
    const looks = timer(LOOK_EVERY, LOOK_EVERY).pipe(
      concatMap(() => {
        const read = run.log(end)
        end = read.end
        return read.events
      }),
    )
    return looks.subscribe(subscriber)
  })
