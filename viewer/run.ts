/** What the run says, taken into the state. */
import type { EpisodeSummary, TrainEvent } from '../src/core/events.ts'
import type { MetricsPoint, RunInfo, ServerMessage } from '../src/protocol/messages.ts'
import { notify, type State, settle, wantNewest, withWeights } from './state.ts'

/** A message of the run. */
export function received(state: State, message: ServerMessage): State {
  switch (message.type) {
    case 'hello': {
      const { info, protocol } = message
      const next = { ...state, info, connection: 'open', protocol: state.protocol ?? protocol } as const
      const stale = next.protocol !== protocol
      return settle(stale ? notify(next, 'This page is older than the run. Reload it.') : next)
    }
    case 'event':
      return happened(state, message.event)
    case 'paused':
      return withInfo(state, { paused: message.on })
    case 'refused':
      return notify(state, message.message)
    default:
      return state
  }
}

function happened(state: State, event: TrainEvent): State {
  switch (event.type) {
    case 'start':
      return withInfo({ ...state, ended: undefined }, { step: event.startStep, steps: event.steps })
    case 'metrics': {
      const { step, seconds, values } = event
      // A run that was killed goes on from its last checkpoint, which is earlier.
      const past = state.metrics.filter(point => point.step < step)
      return withInfo({ ...state, metrics: [...past, { step, seconds, values }] }, { step })
    }
    case 'episode': {
      const { summary } = event
      const others = state.episodes.filter(({ id }) => id !== summary.id)
      return wantNewest({ ...state, episodes: [...others, summary] })
    }
    case 'program':
      return settle(withWeights(withInfo(state, { program: event.program }), state.weights))
    case 'failure': {
      const { term, time, count, message } = event.failure
      const times = count === 1 ? 'once' : `${count} times`
      const text = `'${term}' failed ${times} in a batch, first ${time.toFixed(2)} s into an episode, and is off from here on. ${message}`
      return notify(state, text)
    }
    case 'warning':
      return notify(state, event.message)
    case 'end':
      return { ...state, ended: event.stopped ? 'stopped' : 'finished' }
    default:
      return state
  }
}

/** The lists as the run has them now; what has arrived since they were asked for stays. */
export function listed(
  state: State,
  episodes: readonly EpisodeSummary[],
  metrics: readonly MetricsPoint[],
): State {
  const lastEpisode = episodes.at(-1)?.atStep ?? -1
  const lastPoint = metrics.at(-1)?.step ?? -1
  return wantNewest({
    ...state,
    listed: true,
    episodes: [...episodes, ...state.episodes.filter(({ atStep }) => atStep > lastEpisode)],
    metrics: [...metrics, ...state.metrics.filter(point => point.step > lastPoint)],
  })
}

const withInfo = (state: State, change: Partial<RunInfo>): State =>
  state.info === undefined ? state : { ...state, info: { ...state.info, ...change } }

/** What the run is doing, in a word for the header, and its colour. */
export function statusOf(state: State): { readonly text: string; readonly tone: 'good' | 'idle' | 'bad' } {
  const { info, connection, ended } = state
  if (connection === 'lost') {
    return ended === undefined
      ? { text: 'connection lost, trying again', tone: 'bad' }
      : { text: `${ended}, and no longer served`, tone: 'idle' }
  }
  if (info === undefined) return { text: 'connecting', tone: 'idle' }
  if (ended !== undefined) return { text: ended, tone: 'idle' }
  if (!info.live) return { text: info.step >= info.steps ? 'finished' : 'watching', tone: 'idle' }
  return info.paused ? { text: 'paused', tone: 'idle' } : { text: 'training', tone: 'good' }
}
