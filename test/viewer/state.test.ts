import { expect, test } from 'vitest'
import type { EpisodeRecord } from '../../src/core/episode.ts'
import type { TrainEvent } from '../../src/core/events.ts'
import type { RunInfo } from '../../src/protocol/messages.ts'
import { KEYS, turnCamera } from '../../viewer/keys.ts'
import { followLink, linkOf } from '../../viewer/link.ts'
import { listed, received, statusOf } from '../../viewer/run.ts'
import {
  advance,
  changeSpeed,
  choose,
  chooseNeighbour,
  duration,
  follow,
  initial,
  inOrder,
  notShown,
  peekAt,
  returnOf,
  type State,
  seek,
  setWeight,
  shown,
  shownRow,
  shownTime,
  step,
  togglePlay,
  weightsOf,
} from '../../viewer/state.ts'
import { scene as bare, env, episode, program, summary } from '../store/fixture.ts'

const camera = { mode: 'fixed', body: 0, position: [0, -3, 1], target: [0, 0, 1], fov: 1 } as const
const scene = {
  ...bare,
  cameras: [
    { ...camera, name: 'side' },
    { ...camera, name: 'wide' },
  ],
}
const info: RunInfo = {
  run: 'r',
  env,
  scene,
  program,
  gamma: 0.99,
  live: true,
  step: 100,
  steps: 1000,
  paused: false,
}
const first = episode(summary('e000001', 10))
const second = episode(summary('e000002', 50))
const happened = (event: TrainEvent) => ({ type: 'event', event }) as const

const reduce = (...changes: ((state: State) => State)[]): State =>
  changes.reduce((state, change) => change(state), initial)
const greeted = (state: State) => received(state, { type: 'hello', protocol: 1, info })
const withFirst = (state: State) => listed(state, [first.summary], [])
const arrives = (record: EpisodeRecord) => (state: State) => shown(state, record)
const recorded = (record: EpisodeRecord) => (state: State) =>
  received(state, happened({ type: 'episode', summary: record.summary }))

/** Connected, with the first episode on show. */
const watching = reduce(greeted, withFirst, arrives(first))
const end = duration(watching)

test('the newest episode is asked for, shown, and played from its beginning', () => {
  const asked = reduce(greeted, withFirst)
  expect(asked.wanted).toEqual({ id: 'e000001', time: 0 })
  expect(watching).toMatchObject({ open: first, wanted: undefined, time: 0, playing: true, following: true })
  const later = advance(watching, first.dt * 3)
  expect(shownRow(later)).toBe(3)
  expect(advance({ ...watching, speed: 0.5 }, first.dt * 4).time).toBeCloseTo(first.dt * 2, 12)
})

test('while following, an episode that ends gives way to the newest, or begins again', () => {
  const ended = { ...watching, time: end }
  // It rests at its last moment for a while.
  expect(shownTime(advance(ended, 0.1))).toBe(end)
  expect(advance(ended, 5)).toMatchObject({ time: 0, wanted: undefined })
  const next = advance(recorded(second)(ended), 5)
  expect(next.wanted).toEqual({ id: 'e000002', time: 0 })
  expect(next.open).toBe(first)
  expect(arrives(second)(next)).toMatchObject({ open: second, time: 0, following: true })
})

test('an episode recorded meanwhile does not interrupt the one that plays', () => {
  const state = recorded(second)(advance(watching, first.dt))
  expect(state.episodes.map(({ id }) => id)).toEqual(['e000001', 'e000002'])
  expect(state).toMatchObject({ open: first, wanted: undefined, following: true })
})

test('grabbing the timeline ends following, and following takes up the newest again', () => {
  const grabbed = seek(recorded(second)(watching), 2 * first.dt)
  expect(grabbed).toMatchObject({ following: false, time: 2 * first.dt })
  // Nothing else is shown by itself from now on.
  expect(advance(grabbed, 100)).toMatchObject({ time: end, playing: false, wanted: undefined, open: first })
  expect(follow(grabbed)).toMatchObject({ following: true, wanted: { id: 'e000002', time: 0 } })
  expect(seek(watching, 1e9).time).toBe(end)
  expect(seek(watching, -1).time).toBe(0)
})

test('steps move by whole rows, and stop', () => {
  const at = step(seek(watching, 1.4 * first.dt), 1)
  expect(at.playing).toBe(false)
  expect(at.time).toBeCloseTo(2 * first.dt, 12)
  expect(step(at, -100).time).toBe(0)
})

test('play begins anew from the end, and speeds stay within their list', () => {
  const stopped = { ...seek(watching, end), playing: false }
  expect(togglePlay(stopped)).toMatchObject({ playing: true, time: 0 })
  expect(togglePlay(watching).playing).toBe(false)
  const fastest = Array.from({ length: 20 }).reduce<State>(state => changeSpeed(state, 1), watching)
  expect(fastest.speed).toBe(4)
  expect(changeSpeed(changeSpeed(fastest, -1), 1).speed).toBe(4)
})

test('pointing at a curve shows that moment while nothing plays, and only then', () => {
  expect(peekAt(watching, 0.1)).toBe(watching)
  const paused = { ...watching, playing: false, time: 0.01 }
  const peeking = peekAt(paused, 3 * first.dt)
  expect(shownRow(peeking)).toBe(3)
  expect(shownTime(peekAt(peeking, undefined))).toBe(0.01)
  expect(shownTime(togglePlay(peeking))).toBe(3 * first.dt)
})

test('episodes are chosen by hand, also one after the other', () => {
  const both = recorded(second)(watching)
  expect(choose(both, 'e000002', 0.1)).toMatchObject({ following: false, wanted: { time: 0.1 } })
  expect(chooseNeighbour(both, -1).wanted?.id).toBe('e000002')
  // One that played to its end has stopped; the next one plays. One that was stopped by hand stays so.
  expect(choose({ ...both, time: duration(both), playing: false }, 'e000002').playing).toBe(true)
  expect(choose({ ...both, time: duration(both) / 2, playing: false }, 'e000002').playing).toBe(false)
  expect(chooseNeighbour(both, 1)).toBe(both)
  // Of two that were asked for, the last counts.
  const late = arrives(first)(choose(choose({ ...both, open: undefined }, 'e000001'), 'e000002'))
  expect(late.open).toBeUndefined()
})

test('the list is ranked by what the weights of the page make of it', () => {
  const both = recorded(second)(watching)
  expect(inOrder(both).map(({ id }) => id)).toEqual(['e000002', 'e000001'])
  const moved = {
    ...setWeight(both, 'upright', 3),
    returns: new Map([['e000001', 99]]),
    order: 'best',
  } as const
  expect(inOrder(moved).map(({ id }) => id)).toEqual(['e000001', 'e000002'])
  expect(returnOf(moved, second.summary)).toBe(50)
  // Other weights, other returns.
  expect(setWeight(moved, 'upright', 4).returns.size).toBe(0)
})

test('an episode that is not there is said to be missing, and the newest is shown instead', () => {
  const linked = reduce(state => followLink(state, '#ep=e999999&t=1'), greeted, withFirst)
  expect(linked.wanted).toEqual({ id: 'e999999', time: 1 })
  const after = notShown(linked, 'e999999', 'There is none.')
  expect(after.wanted?.id).toBe('e000001')
  expect(after.following).toBe(true)
  expect(after.notices.map(({ text }) => text)).toEqual(['There is none.'])
})

test('a link brings the moment, the weights and the camera back', () => {
  const moved = { ...setWeight(seek(watching, 0.05), 'upright', 2.5), camera: 0 }
  const link = linkOf(moved)
  expect(link).toBe('ep=e000001&t=0.05&w=upright:2.5&cam=0')
  const opened = arrives(first)(withFirst(greeted(followLink(initial, `#${link}`))))
  expect(opened).toMatchObject({ open: first, time: 0.05, camera: 0, following: false, playing: false })
  expect(opened.weights).toEqual({ upright: 2.5 })
  expect(linkOf(opened)).toBe(link)
  // While following there is no moment to point at.
  expect(linkOf(watching)).toBe('')
})

test('what a link says wrongly is left out', () => {
  const state = greeted(followLink(initial, '#t=x&w=upright:,nothing,other:1&cam=z'))
  expect(state).toMatchObject({ weights: {}, camera: -1, following: true, wanted: undefined })
})

test('weights moved by hand stand in for those in force until they are the same', () => {
  const [name] = program.terms
  const inForce = program.weights[name]
  const moved = setWeight(watching, name, 7)
  expect(weightsOf(moved)[name]).toBe(7)
  expect(setWeight(moved, name, inForce).weights).toEqual({})
  expect(setWeight(moved, name, Number.NaN).weights).toEqual({})
  // The run took them over.
  const applied = { ...program, weights: { ...program.weights, [name]: 7 } }
  const after = received(moved, happened({ type: 'program', step: 200, program: applied }))
  expect(after.weights).toEqual({})
  expect(weightsOf(after)[name]).toBe(7)
})

test('lists fetched again keep what has arrived since', () => {
  const point = (step: number) => ({ step, seconds: step / 100, values: {} })
  const now = recorded(second)({ ...watching, metrics: [point(10), point(60)] })
  const state = listed(now, [first.summary], [point(10), point(20)])
  expect(state.episodes.map(({ id }) => id)).toEqual(['e000001', 'e000002'])
  expect(state.metrics.map(({ step }) => step)).toEqual([10, 20, 60])
  // A resumed run goes over the same steps again.
  const again = received(state, happened({ type: 'metrics', step: 20, seconds: 1, values: {} }))
  expect(again.metrics.map(({ step }) => step)).toEqual([10, 20])
  expect(again.info?.step).toBe(20)
})

test('failures, warnings and refusals are said once each, with how often', () => {
  const failure = {
    term: 'speed',
    row: 0,
    episode: 3,
    time: 0.5,
    message: 'It was NaN.',
    count: 4,
    muted: true,
  }
  const state = [
    happened({ type: 'failure', step: 1, failure }),
    happened({ type: 'warning', step: 1, message: 'The disk is slow.' }),
    happened({ type: 'warning', step: 2, message: 'The disk is slow.' }),
    { type: 'refused', message: 'Not now.' } as const,
  ].reduce(received, watching)
  expect(state.notices.map(({ count }) => count)).toEqual([1, 2, 1])
  expect(state.notices[0].text).toContain("'speed' failed 4 times")
})

test('a warning that counts up stays one notice, and pushes out nothing else', () => {
  const counted = (count: number) =>
    happened({ type: 'warning', step: count, message: `${count} recorded episodes were dropped.` })
  const said = happened({ type: 'warning', step: 0, message: 'Another program took over.' })
  const { notices } = [said, ...[1, 2, 4, 8, 16].map(counted)].reduce(received, watching)
  expect(notices.map(({ text, count }) => [text, count])).toEqual([
    ['Another program took over.', 1],
    ['16 recorded episodes were dropped.', 5],
  ])
})

test('the state of the run is told in a word', () => {
  expect(statusOf(initial).text).toBe('connecting')
  expect(statusOf(watching)).toEqual({ text: 'training', tone: 'good' })
  expect(statusOf(received(watching, { type: 'paused', on: true })).text).toBe('paused')
  expect(statusOf({ ...watching, connection: 'lost' }).tone).toBe('bad')
  const ended = received(watching, happened({ type: 'end', stopped: false, result: null }))
  expect(statusOf(ended).text).toBe('finished')
  expect(statusOf({ ...ended, connection: 'lost' }).text).toContain('no longer served')
  expect(statusOf({ ...watching, info: { ...info, live: false } }).text).toBe('watching')
  expect(received(greeted(initial), { type: 'hello', protocol: 2, info }).notices).toHaveLength(1)
})

test('every key does one thing, and cameras go round', () => {
  const pressed = KEYS.flatMap(({ press }) => press)
  expect(new Set(pressed).size).toBe(pressed.length)
  const turns = [1, 2, 3].map(
    times => Array.from({ length: times }).reduce<State>(state => turnCamera(state, 1), watching).camera,
  )
  expect(turns).toEqual([0, 1, -1])
  expect(turnCamera(watching, -1).camera).toBe(1)
})
