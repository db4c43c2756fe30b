/** One slider per term: moving it scores the open episode again at once; "Apply" makes it the run's. */
import { html, nothing } from 'lit'
import { live } from 'lit/directives/live.js'
import type { App } from '../app.ts'
import { termsOf, whatIfOf } from '../curves.ts'
import { isConfined, type State, setWeight, shownProgram, weighed, weightsOf, withWeights } from '../state.ts'
import { termColor } from './colors.ts'
import { number } from './format.ts'
import type { Panel } from './panel.ts'
import { programText } from './programText.ts'

/** A slider reaches this many times its weight in force, to either side of zero. */
const REACH = 3
/** Nearer than this part of its reach, a slider snaps to zero and to the weight in force. */
const SNAP = 0.02

export const weights: Panel = {
  root: '#weights',
  reads: ['info', 'weights', 'open', 'program', 'text', 'draft', 'trial', 'ended', 'connection'],
  view: (state, app) => {
    const program = weighed(state)
    if (program === undefined) return nothing
    return html`
      <h2>Reward <span class="muted" title=${program.about}>${program.name}</span></h2>
      <div class="terms">${program.terms.map(name => slider(name, state, app))}</div>
      ${outcome(state)}
      ${programText(state, app)}
      ${actions(state, app)}
      ${feedback(state, app)}
    `
  },
}

function slider(name: string, state: State, app: App) {
  const inForce = weighed(state)?.weights[name] ?? 0
  const value = weightsOf(state)[name]
  const reach = REACH * (Math.abs(inForce) || 1)
  const set = (weight: number) => app.update(s => setWeight(s, name, weight))
  return html`<div class="term ${name in state.weights ? 'moved' : ''}" style="--color: ${termColor(termsOf(state), name)}">
    <label class="name" for="weight-${name}" title=${name}><span class="swatch"></span>${name}</label>
    <input
      id="weight-${name}"
      type="range"
      min=${-reach}
      max=${reach}
      step="any"
      style="--force: ${(100 * (0.5 + inForce / reach / 2)).toFixed(2)}%"
      .value=${live(String(value))}
      @input=${(event: Event) => set(snapped(Number((event.target as HTMLInputElement).value), inForce, reach))}
      @dblclick=${() => set(inForce)}
    />
    <input
      id="number-${name}"
      type="number"
      step="any"
      aria-label="weight of ${name}"
      .value=${live(String(value))}
      @change=${(event: Event) => set((event.target as HTMLInputElement).valueAsNumber)}
    />
  </div>`
}

/** Three digits are enough for a hand; the two values that people mean to hit are hit. */
function snapped(value: number, inForce: number, reach: number): number {
  for (const mark of [inForce, 0]) if (Math.abs(value - mark) < SNAP * reach) return mark
  return Number(value.toPrecision(3))
}

/** What the episode on show would have come to. */
function outcome(state: State) {
  const { open } = state
  const program = weighed(state)
  if (open === undefined || program === undefined) return nothing
  const whatIf = whatIfOf(state)
  // What comes of a program in a sandbox is told where its text is.
  if (typeof whatIf === 'string') return isConfined(state) ? nothing : html`<p class="hint bad">${whatIf}</p>`
  const other = open.program.hash !== program.hash
  return html`
    <p class="outcome" id="outcome">
      <span class="muted">this episode</span>
      <b id="return-before">${number(open.summary.return)}</b>
      ${whatIf === undefined ? nothing : html`<span class="arrow">→</span><b class="what-if" id="return-after">${number(whatIf.return)}</b>`}
    </p>
    ${
      other
        ? html`<p class="hint">It was recorded under ${open.program.name === program.name ? 'an earlier version of the program' : open.program.name}: solid is what was paid then, dashed what this program would pay.</p>`
        : whatIf === undefined
          ? html`<p class="hint">${shownProgram(state) === undefined ? 'The program is being loaded.' : 'Move a weight: the curves below are scored again at once.'}</p>`
          : html`<p class="hint">Dashed: the same motion under these weights.</p>`
    }
  `
}

/** Where a language model can be asked, what is wrong can be said. */
function feedback({ info, ended, connection }: State, app: App) {
  if (!info?.live || !info.takesFeedback) return nothing
  const send = (event: Event): void => {
    event.preventDefault()
    const box = (event.target as HTMLFormElement).elements.namedItem('feedback') as HTMLTextAreaElement
    if (box.value.trim() === '') return
    app.sendFeedback(box.value.trim())
    box.value = ''
  }
  return html`<form id="feedback" class="feedback" @submit=${send}>
    <label for="feedback-text">What is wrong with what it does?</label>
    <textarea id="feedback-text" name="feedback" rows="2" maxlength="2000"></textarea>
    <button ?disabled=${ended !== undefined || connection !== 'open'}>Ask for another program</button>
  </form>`
}

function actions(state: State, app: App) {
  const { weights, info, ended, connection, draft } = state
  const moved = Object.keys(weights).length > 0
  const canApply = info?.live && ended === undefined && connection === 'open' && draft === undefined
  return html`<div class="actions">
    <button id="reset" ?disabled=${!moved} @click=${() => app.update(s => withWeights(s, {}))}>Reset</button>
    <button
      id="apply"
      class="primary"
      ?disabled=${!moved || draft !== undefined}
      title=${canApply ? 'Train on with these weights from the next batch on' : 'This run is not training now'}
      @click=${() => app.applyWeights()}
    >
      Apply to the run
    </button>
  </div>`
}
