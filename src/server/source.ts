/** What a page can be shown: a run in progress, or one read back from its folder. */
import type { Observable } from 'rxjs'
import type { EpisodeSummary, TrainEvent } from '../core/events.ts'
import type { MetricsPoint, RunInfo, ViewerMessage } from '../protocol/messages.ts'

export interface RunSource {
  /** As of now; asked again for every page that connects. */
  info(): RunInfo
  /** Episodes whose recording can be fetched, oldest first. */
  episodes(): readonly EpisodeSummary[]
  /** An episode file (core/episode.ts); undefined when there is none of that id. */
  episode(id: string): Promise<Uint8Array | undefined>
  metrics(): readonly MetricsPoint[]
  /** The reward program in force, as `LoadedProgram.module`: marked when nobody vouches for it. */
  program(): string
  /** What happens from now on. Subscribed once per server. */
  readonly events$: Observable<TrainEvent>
  /** Absent when the run is only being watched. A thrown CarrotError is shown on the page that asked. */
  send?(message: ViewerMessage): void
}
