/** The program's text: what is typed here scores the open episode at once, in a sandbox of this page. */
import { html, nothing } from 'lit'
import { live } from 'lit/directives/live.js'
import type { App } from '../app.ts'
import { isConfined, type State, shownText, trialOf, typeText } from '../state.ts'

export function programText(state: State, app: App) {
  if (state.text === undefined) return nothing
  const { draft } = state
  return html`
    ${problem(state)}
    <details id="program" class="program">
      <summary>Its text</summary>
      <textarea
        id="program-text"
        rows="14"
        spellcheck="false"
        autocomplete="off"
        aria-label="text of the program"
        .value=${live(shownText(state))}
        @input=${(event: Event) => app.update(s => typeText(s, (event.target as HTMLTextAreaElement).value))}
      ></textarea>
      <button
        id="program-train"
        ?disabled=${!canTrain(state)}
        title="The run goes on with it, in a sandbox, from the next batch on"
        @click=${() => draft !== undefined && app.trainOn(draft)}
      >
        Train on this
      </button>
      <button id="program-reset" ?disabled=${draft === undefined} @click=${() => app.update(s => typeText(s, undefined))}>
        Back to the run’s program
      </button>
    </details>
    ${
      isConfined(state)
        ? html`<p class="hint" id="confined">${draft === undefined ? 'Nobody vouches for this program: it is scored in a sandbox of this page.' : 'What is typed is scored in a sandbox of this page; the run goes on with its own.'}</p>`
        : nothing
    }
  `
}

/** What is typed is a program, and there is a run to train on it. */
const canTrain = ({ info, ended, connection, draft, trial }: State): boolean =>
  info?.live === true &&
  ended === undefined &&
  connection === 'open' &&
  draft !== undefined &&
  trial?.text === draft &&
  trial.program !== undefined

/** Why a text is refused, or which of its terms had to be switched off. */
function problem(state: State) {
  const trial = trialOf(state)
  if (trial?.problem === undefined) return nothing
  return html`<p class="hint bad" id="program-problem" role="alert">${trial.problem}</p>`
}
