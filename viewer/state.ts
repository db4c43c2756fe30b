/** Everything the page shows, as one value. Panels read it; the functions here make the next one of it. */
import type { EpisodeRecord } from '../src/core/episode.ts'
import type { EpisodeSummary, ProgramInfo } from '../src/core/events.ts'
import { clamp } from '../src/core/math.ts'
import type { RewardProgram } from '../src/core/reward.ts'
import type { MetricsPoint, RunInfo } from '../src/protocol/messages.ts'
import { isMarked, unmarked } from '../src/sandbox/mark.ts'
import { memo } from './memo.ts'
import type { Trial } from './trials.ts'

export interface Notice {
  readonly text: string
  readonly tone: 'info' | 'warning'
  /** Times it was said. */
  readonly count: number
}

export interface State {
  readonly connection: 'connecting' | 'open' | 'lost'
  /** Protocol of the first greeting; another one means that the page is older than the run. */
  readonly protocol: number | undefined
  readonly info: RunInfo | undefined
  readonly ended: 'finished' | 'stopped' | undefined
  /** Oldest first, like the metrics. */
  readonly episodes: readonly EpisodeSummary[]
  readonly metrics: readonly MetricsPoint[]
  /** The lists above have arrived. */
  readonly listed: boolean
  /** The program in force, ready to score again; absent when nobody vouches for it. */
  readonly program: RewardProgram | undefined
  /** Its text. */
  readonly text: string | undefined
  /** Typed in place of that text. */
  readonly draft: string | undefined
  /** What came last of a program in the page's sandbox. */
  readonly trial: Trial | undefined
  /** The episode on show. */
  readonly open: EpisodeRecord | undefined
  /** What is to be shown from which time on, while it is being fetched. */
  readonly wanted: { readonly id: string; readonly time: number } | undefined
  /** Shows the newest episode, one after the other. */
  readonly following: boolean
  /** The one clock: seconds since the episode began. While following it runs on past the end, for a moment of rest. */
  readonly time: number
  /** Looked at instead of `time` while the pointer rests on a curve. */
  readonly peek: number | undefined
  readonly playing: boolean
  readonly speed: number
  /** Index into the scene's cameras; -1 is the page's own. */
  readonly camera: number
  /** Weights moved by hand, by term. */
  readonly weights: Readonly<Record<string, number>>
  /** Returns under these weights, of the episodes that have been scored again, by id. */
  readonly returns: ReadonlyMap<string, number>
  readonly order: 'newest' | 'best'
  /** Rows of the list that are made; thousands would slow every one down. */
  readonly rows: number
  readonly notices: readonly Notice[]
  readonly help: boolean
}

export const initial: State = {
  connection: 'connecting',
  protocol: undefined,
  info: undefined,
  ended: undefined,
  episodes: [],
  metrics: [],
  listed: false,
  program: undefined,
  text: undefined,
  draft: undefined,
  trial: undefined,
  open: undefined,
  wanted: undefined,
  following: true,
  time: 0,
  peek: undefined,
  playing: true,
  speed: 1,
  camera: -1,
  weights: {},
  returns: new Map(),
  order: 'newest',
  rows: 200,
  notices: [],
  help: false,
}

export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 4]
/** Rest at the end of an episode before the next begins, s. */
const REST = 0.7
const MAX_NOTICES = 4

// The clock.

/** Simulated seconds of the open episode. */
export const duration = ({ open }: State): number => (open === undefined ? 0 : open.columns.T * open.dt)

/** The moment that every panel shows. */
export const shownTime = (state: State): number => clamp(state.peek ?? state.time, 0, duration(state))

/** Row of `poses` and `signals` at the moment shown. */
export const shownRow = (state: State): number =>
  state.open === undefined ? 0 : Math.round(shownTime(state) / state.open.dt)

/** Moves the clock by hand, which ends following. */
export const seek = (state: State, time: number): State => ({
  ...state,
  time: clamp(time, 0, duration(state)),
  peek: undefined,
  following: false,
})

/** Moves by whole rows and stops there. */
export const step = (state: State, rows: number): State => ({
  ...seek(state, (shownRow(state) + rows) * (state.open?.dt ?? 0)),
  playing: false,
})

/** Looks at another moment without going there; only while nothing moves. */
export const peekAt = (state: State, time: number | undefined): State =>
  state.peek === time || (state.playing && time !== undefined) ? state : { ...state, peek: time }

export function togglePlay(state: State): State {
  if (state.playing) return { ...state, playing: false }
  const time = shownTime(state)
  return { ...state, playing: true, peek: undefined, time: time >= duration(state) ? 0 : time }
}

export const changeSpeed = (state: State, by: 1 | -1): State => {
  const at = SPEEDS.indexOf(state.speed)
  return { ...state, speed: SPEEDS[clamp(at + by, 0, SPEEDS.length - 1)] }
}

/** `seconds` of wall-clock time later. */
export function advance(state: State, seconds: number): State {
  if (!state.playing || state.open === undefined) return state
  const time = state.time + seconds * state.speed
  const end = duration(state)
  if (!state.following) return time < end ? { ...state, time } : { ...state, time: end, playing: false }
  if (time < end + REST * state.speed) return { ...state, time }
  const newest = state.episodes.at(-1)?.id ?? state.open.summary.id
  if (newest === state.open.summary.id) return { ...state, time: 0 }
  return state.wanted === undefined ? { ...state, time, wanted: { id: newest, time: 0 } } : state
}

// Episodes.

/** Opens an episode chosen by hand. */
export function choose(state: State, id: string, time = 0): State {
  // One that has played to its end has stopped by itself; the next one plays.
  const playing = state.playing || (duration(state) > 0 && state.time >= duration(state))
  return state.open?.summary.id === id
    ? { ...state, playing, following: false, wanted: undefined, time, peek: undefined }
    : { ...state, playing, following: false, wanted: { id, time } }
}

/** What the episode came to, under the weights of the page as far as that is known. */
export const returnOf = ({ returns }: State, { id, return: recorded }: EpisodeSummary): number =>
  returns.get(id) ?? recorded

/** The episodes as they are listed. */
export function inOrder(state: State): EpisodeSummary[] {
  const newest = [...state.episodes].reverse()
  return state.order === 'newest' ? newest : newest.sort((a, b) => returnOf(state, b) - returnOf(state, a))
}

/** Opens the next one of the list, up (-1) or down (1). */
export function chooseNeighbour(state: State, by: 1 | -1): State {
  const list = inOrder(state)
  const id = state.wanted?.id ?? state.open?.summary.id
  const at = list.findIndex(episode => episode.id === id)
  const next = list[at < 0 ? 0 : at + by]
  return next === undefined ? state : choose(state, next.id)
}

export const follow = (state: State): State => {
  const newest = state.episodes.at(-1)?.id
  const isOpen = newest === undefined || newest === state.open?.summary.id
  const wanted = isOpen ? undefined : { id: newest, time: 0 }
  return { ...state, following: true, playing: true, peek: undefined, wanted }
}

/** An episode has arrived. */
export const shown = (state: State, open: EpisodeRecord): State =>
  state.wanted?.id !== open.summary.id
    ? state
    : { ...state, open, time: state.wanted.time, wanted: undefined, peek: undefined }

/** An episode cannot be shown: what is open stays, from its beginning; when nothing is, the newest is shown instead. */
export function notShown(state: State, id: string, why: string): State {
  if (state.wanted?.id !== id) return state
  const next = notify({ ...state, wanted: undefined, time: 0 }, why)
  if (state.open !== undefined || state.following) return next
  return wantNewest({ ...next, following: true, playing: true })
}

/** While nothing is chosen, the newest is shown. */
export const wantNewest = (state: State): State => {
  const newest = state.episodes.at(-1)
  const idle = state.open === undefined && state.wanted === undefined
  return idle && state.following && newest !== undefined
    ? { ...state, wanted: { id: newest.id, time: 0 } }
    : state
}

// The program.

/** The text that the page scores with. */
export const shownText = ({ draft, text = '' }: State): string => draft ?? unmarked(text)

/** It runs in the page's sandbox alone: nobody vouches for it, or it is being typed. */
export const isConfined = ({ draft, text }: State): boolean =>
  draft !== undefined || (text !== undefined && isMarked(text))

/** What came of the text on show; undefined until that is known. */
export const trialOf = (state: State): Trial | undefined =>
  isConfined(state) && state.trial?.text === shownText(state) ? state.trial : undefined

/** The program that the page scores with, its functions elsewhere when it is confined. */
export const shownProgram = (state: State): RewardProgram | undefined =>
  isConfined(state) ? trialOf(state)?.program : state.program

/** The program whose terms are weighed: what is typed, as soon as it is one, or the run's. */
export const weighed = ({ info, draft, trial }: State): ProgramInfo | undefined =>
  info === undefined || draft === undefined || trial?.program === undefined
    ? info?.program
    : typed(info.program, trial.program)

/** Name of no version that was ever recorded. */
const DRAFT = 'draft'

const typed = memo(
  (inForce: ProgramInfo, { name, about, terms }: RewardProgram): ProgramInfo => ({
    ...inForce,
    name,
    about,
    hash: DRAFT,
    terms: terms.map(term => term.name),
    weights: Object.fromEntries(terms.map(term => [term.name, term.weight])),
  }),
)

/** The run's program has arrived; what was typed may have become it. */
export const loaded = (state: State, text: string, program: RewardProgram | undefined): State =>
  typeText({ ...state, text, program }, state.draft)

export const typeText = (state: State, text: string | undefined): State => ({
  ...state,
  draft: text === undefined || text === unmarked(state.text ?? '') ? undefined : text,
  returns: initial.returns,
})

// Weights.

/** The weights in force, with those moved by hand in their place. */
export const weightsOf = (state: State): Readonly<Record<string, number>> => ({
  ...weighed(state)?.weights,
  ...state.weights,
})

/** Moves a weight by hand; back to the one in force when `value` is absent or equal to it. */
export function setWeight(state: State, name: string, value?: number): State {
  const { [name]: _, ...others } = state.weights
  const same = value === undefined || !Number.isFinite(value) || value === weighed(state)?.weights[name]
  return withWeights(state, same ? others : { ...others, [name]: value })
}

export const withWeights = (state: State, weights: State['weights']): State => ({
  ...state,
  weights,
  returns: initial.returns,
})

/** Forgets what no longer differs from the program in force, or is none of its terms. */
export const settle = (state: State): State => {
  const inForce = weighed(state)?.weights ?? {}
  const moved = Object.entries(state.weights).filter(
    ([name, value]) => name in inForce && value !== inForce[name],
  )
  if (moved.length === Object.keys(state.weights).length) return state
  return withWeights(state, Object.fromEntries(moved))
}

// Notices.

/** A warning that counts up would push out everything else; with another figure it is still the same notice. */
const wording = (text: string): string => text.replace(/\d+/g, '0')

export const notify = (state: State, text: string, tone: Notice['tone'] = 'warning'): State => {
  const isSame = (notice: Notice) => wording(notice.text) === wording(text)
  const count = 1 + (state.notices.find(isSame)?.count ?? 0)
  const others = state.notices.filter(notice => !isSame(notice))
  return { ...state, notices: [...others, { text, tone, count }].slice(-MAX_NOTICES) }
}

export const dismiss = (state: State, text: string): State => ({
  ...state,
  notices: state.notices.filter(notice => notice.text !== text),
})
