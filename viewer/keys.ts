/** What keys do: the one table that both the keyboard and the help follow. */
import type { App } from './app.ts'
import {
  changeSpeed,
  chooseNeighbour,
  duration,
  follow,
  peekAt,
  type State,
  seek,
  shownTime,
  step,
  togglePlay,
} from './state.ts'

export interface Key {
  /** `KeyboardEvent.key`, with 'Shift+' before those that need it. */
  readonly press: readonly string[]
  /** As written in the help. */
  readonly shown: readonly string[]
  readonly does: string
  readonly run: (app: App) => unknown
}

/** What Shift makes of an arrow key, s. */
const LEAP = 0.5

const change =
  (next: (state: State) => State) =>
  (app: App): void =>
    app.update(next)
const leap = (seconds: number) => change(state => seek(state, shownTime(state) + seconds))

export const KEYS: readonly Key[] = [
  { press: [' '], shown: ['Space'], does: 'play or pause', run: change(togglePlay) },
  { press: ['ArrowLeft'], shown: ['←'], does: 'one step back', run: change(state => step(state, -1)) },
  { press: ['ArrowRight'], shown: ['→'], does: 'one step on', run: change(state => step(state, 1)) },
  { press: ['Shift+ArrowLeft'], shown: ['Shift', '←'], does: 'half a second back', run: leap(-LEAP) },
  { press: ['Shift+ArrowRight'], shown: ['Shift', '→'], does: 'half a second on', run: leap(LEAP) },
  { press: ['Home'], shown: ['Home'], does: 'to the beginning', run: change(state => seek(state, 0)) },
  { press: ['End'], shown: ['End'], does: 'to the end', run: change(state => seek(state, duration(state))) },
  { press: ['-'], shown: ['−'], does: 'slower', run: change(state => changeSpeed(state, -1)) },
  { press: ['+', '='], shown: ['+'], does: 'faster', run: change(state => changeSpeed(state, 1)) },
  {
    press: ['ArrowUp'],
    shown: ['↑'],
    does: 'episode above',
    run: change(state => chooseNeighbour(state, -1)),
  },
  {
    press: ['ArrowDown'],
    shown: ['↓'],
    does: 'episode below',
    run: change(state => chooseNeighbour(state, 1)),
  },
  { press: ['f'], shown: ['F'], does: 'follow the newest', run: change(follow) },
  { press: ['['], shown: ['['], does: 'previous camera', run: change(state => turnCamera(state, -1)) },
  { press: [']'], shown: [']'], does: 'next camera', run: change(state => turnCamera(state, 1)) },
  { press: ['l'], shown: ['L'], does: 'copy a link to this moment', run: app => app.copyLink() },
  {
    press: ['?'],
    shown: ['?'],
    does: 'show the keys',
    run: change(state => ({ ...state, help: !state.help })),
  },
  {
    press: ['Escape'],
    shown: ['Esc'],
    does: 'close this',
    run: change(state => peekAt({ ...state, help: false }, undefined)),
  },
]

/** -1, the page's own camera, then those of the scene, round and round. */
export function turnCamera(state: State, by: 1 | -1): State {
  const cameras = 1 + (state.info?.scene.cameras.length ?? 0)
  return { ...state, camera: ((state.camera + 1 + by + cameras) % cameras) - 1 }
}

/** What of the keyboard an element needs for itself. */
function keeps(target: EventTarget | null, key: string): boolean {
  if (target instanceof HTMLSelectElement) return true
  if (target instanceof HTMLButtonElement) return key === ' ' || key === 'Enter'
  if (!(target instanceof HTMLInputElement)) return false
  return target.type !== 'range' || /^(Arrow|Home|End|Page)/.test(key)
}

export function listenToKeys(app: App): void {
  // Whoever clicks an episode and then presses Space wants it to play, not to be clicked again. Keys have no detail.
  addEventListener('click', ({ detail }) => {
    if (detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur()
  })
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || keeps(event.target, event.key)) return
    // Shift is a key of its own for arrows; in '?' and '+' it is already in the character.
    const name = event.shiftKey && event.key.startsWith('Arrow') ? `Shift+${event.key}` : event.key
    const key = KEYS.find(({ press }) => press.includes(name))
    if (key === undefined) return
    event.preventDefault()
    key.run(app)
  })
}
