/**
 * `window.carrot`: the page as a test or a curious person reads and drives it from the console. Everything goes through
 * the same state as a click does.
 */
import type { App } from './app.ts'
import { type Curve, curvesOf, whatIfOf } from './curves.ts'
import type { Rescored } from './rescore.ts'
import type { Stage } from './scene/stage.ts'
import { choose, type State, seek, setWeight, shownTime } from './state.ts'

export interface DebugHandle {
  /** Everything the page shows; frozen in time, as every state is a new value. */
  state(): State
  /** The moment on show, s. */
  time(): number
  /** Body poses as drawn now, [bodies][7] x y z w x y z, read back from the objects of the scene. */
  drawnPoses(): number[][]
  /** The curves as drawn: the total, then one per term. */
  curves(): { name: string; isTotal: boolean; recorded?: number[]; whatIf?: number[] }[]
  /** Return of the open episode under the weights of the page; undefined when that is what was recorded. */
  returnAfter(): number | undefined
  /** Resolves when the episode is on show, still at its first moment. */
  loadEpisode(id: string): Promise<void>
  /** Resolves when the moment is drawn. */
  seek(time: number): Promise<void>
  setWeight(name: string, value: number): void
}

declare global {
  interface Window {
    carrot: DebugHandle
  }
}

/** Waits for the frame after the next: by then the present state is drawn. */
const drawn = (): Promise<void> =>
  new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))

export const debugHandle = (app: App, stage: Stage): DebugHandle => ({
  state: () => app.state,
  time: () => shownTime(app.state),
  drawnPoses: () => rows(stage.drawnPoses() ?? new Float32Array()),
  curves: () => curvesOf(app.state).map(plain),
  returnAfter: () => (whatIfOf(app.state) as Rescored | undefined)?.return,
  loadEpisode: async id => {
    app.update(state => ({ ...choose(state, id), playing: false }))
    while (app.state.wanted?.id === id) await drawn()
    if (app.state.open?.summary.id !== id) throw new Error(`The episode ${id} was not opened.`)
    await drawn()
  },
  seek: async time => {
    app.update(state => ({ ...seek(state, time), playing: false }))
    await drawn()
  },
  setWeight: (name, value) => app.update(state => setWeight(state, name, value)),
})

const rows = (poses: Float32Array): number[][] =>
  Array.from({ length: poses.length / 7 }, (_, i) => [...poses.subarray(7 * i, 7 * i + 7)])

const plain = ({ recorded, whatIf, ...curve }: Curve) => ({
  ...curve,
  ...(recorded === undefined ? {} : { recorded: [...recorded] }),
  ...(whatIf === undefined ? {} : { whatIf: [...whatIf] }),
})
