/** The clock, and the curves that share it with the scene. */
import { html, nothing } from 'lit'
import type { App } from '../app.ts'
import { type Curve, curvesOf, returnUpTo, stepBefore, termsOf } from '../curves.ts'
import { memo } from '../memo.ts'
import {
  changeSpeed,
  duration,
  peekAt,
  type State,
  seek,
  shownRow,
  shownTime,
  step,
  togglePlay,
} from '../state.ts'
import { type Chart, extremes, rangeOf } from './chart.ts'
import { TOTAL_COLOR, termColor } from './colors.ts'
import { number, ticks } from './format.ts'
import type { Panel } from './panel.ts'

/** Marks along the time axis. */
const MOST_TICKS = 14

export const timeline: Panel = {
  root: '#timeline',
  reads: ['open', 'time', 'peek', 'playing', 'speed', 'program', 'text', 'draft', 'trial', 'info', 'weights'],
  view: (state, app) => {
    const end = duration(state)
    const at = end > 0 ? shownTime(state) / end : 0
    return html`
      <div class="lane controls">
        <div class="legend">${buttons(state, app)}</div>
        <input
          id="scrub"
          type="range"
          min="0"
          max=${end}
          step="any"
          aria-label="time in the episode, seconds"
          .value=${String(shownTime(state))}
          ?disabled=${end === 0}
          @input=${(event: Event) => app.update(s => seek(s, Number((event.target as HTMLInputElement).value)))}
        />
      </div>
      <div
        id="lanes"
        @pointermove=${(event: PointerEvent) => point(event, app)}
        @pointerdown=${(event: PointerEvent) => grab(event, app)}
        @pointerleave=${() => app.update(s => peekAt(s, undefined))}
      >
        ${curvesOf(state).map(curve => lane(curve, state))}
        <div class="lane ticks">
          <div class="axis">
            ${ticks(end, MOST_TICKS).map(time => html`<span style="left: ${((100 * time) / end).toFixed(3)}%">${time === 0 ? '0 s' : time}</span>`)}
          </div>
        </div>
        <div class="plots"><div class="cursor" style="left: ${(100 * at).toFixed(3)}%" ?hidden=${end === 0}></div></div>
      </div>`
  },
}

function buttons(state: State, app: App) {
  const { playing, speed } = state
  return html`
    <button class="round play" id="play" aria-label=${playing ? 'Pause' : 'Play'} title="Space" @click=${() => app.update(togglePlay)}>
      ${playing ? '❚❚' : '▶'}
    </button>
    <button class="round" aria-label="One step back" title="←" @click=${() => app.update(s => step(s, -1))}>‹</button>
    <button class="round" aria-label="One step on" title="→" @click=${() => app.update(s => step(s, 1))}>›</button>
    <button class="speed" aria-label="Speed" title="Speed (+ and −); click for faster, Shift-click for slower"
      @click=${(event: MouseEvent) => app.update(s => changeSpeed(s, event.shiftKey ? -1 : 1))}>${speed}×</button>
    <span class="clock"><b id="clock">${shownTime(state).toFixed(2)}</b><span class="muted"> / ${duration(state).toFixed(2)}</span></span>
  `
}

/** A curve with its value at the moment shown; for the total, also what it has come to so far. */
function lane(curve: Curve, state: State) {
  const { name, isTotal, recorded, whatIf } = curve
  const row = shownRow(state)
  const value = (values: Float64Array | undefined) => number(values?.[stepBefore(row)])
  const color = colorOf(curve, state)
  return html`<div class="lane ${isTotal ? 'total' : ''}" data-curve=${name}>
    <div class="legend" style="--color: ${color}">
      <span class="swatch"></span>
      <span class="name" title=${name}>${isTotal ? 'reward' : name}</span>
      ${whatIf === undefined ? nothing : html`<span class="what-if" title="with the weights at the right">${value(whatIf)}</span>`}
      <b>${value(recorded)}</b>
      ${isTotal && recorded !== undefined ? html`<span class="so-far muted">return so far <b>${number(returnUpTo(recorded, row))}</b></span>` : nothing}
    </div>
    <carrot-chart .chart=${charts(state)[curvesOf(state).indexOf(curve)]}></carrot-chart>
  </div>`
}

const colorOf = ({ isTotal, name }: Curve, state: State): string =>
  isTotal ? TOTAL_COLOR : termColor(termsOf(state), name)

/** The same values until a curve changes, so that a moving cursor repaints nothing. */
const charts = (state: State): Chart[] => draw(curvesOf(state), termsOf(state).join(), duration(state))

const draw = memo((curves: readonly Curve[], terms: string, end: number): Chart[] =>
  curves.map(({ name, isTotal, recorded, whatIf }) => {
    const color = isTotal ? TOTAL_COLOR : termColor(terms.split(','), name)
    const x = (values: Float64Array) => values.map((_, t) => ((t + 1) / values.length) * end)
    const line = (y: Float64Array | undefined, dashed: boolean) =>
      y === undefined ? [] : [{ x: x(y), y, color, dashed, filled: isTotal && !dashed }]
    const given = [recorded, whatIf].filter(values => values !== undefined)
    return {
      lines: [...line(recorded, false), ...line(whatIf, true)],
      x: [0, end],
      y: rangeOf(given),
      rule: 0,
      grid: ticks(end, MOST_TICKS),
      marks: isTotal ? extremes(given) : [],
    }
  }),
)

/** The time under the pointer; undefined beside the plots. */
function timeUnder({ clientX }: PointerEvent, state: State): number | undefined {
  const { left, width } = (document.querySelector('#lanes .plots') as HTMLElement).getBoundingClientRect()
  const part = (clientX - left) / width
  return part < 0 || part > 1 ? undefined : part * duration(state)
}

function point(event: PointerEvent, app: App): void {
  const time = timeUnder(event, app.state)
  const dragging = (event.buttons & 1) === 1
  if (dragging && time !== undefined) app.update(s => seek(s, time))
  else app.update(s => peekAt(s, time))
}

function grab(event: PointerEvent, app: App): void {
  const time = timeUnder(event, app.state)
  if (time !== undefined && event.button === 0) app.update(s => seek(s, time))
}
