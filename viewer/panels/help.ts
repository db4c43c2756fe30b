/** The keys, from the table that obeys them. */
import { html, nothing } from 'lit'
import { KEYS } from '../keys.ts'
import type { Panel } from './panel.ts'

export const help: Panel = {
  root: '#help',
  reads: ['help'],
  view: (state, app) =>
    state.help
      ? html`<div class="backdrop" @click=${() => app.update(s => ({ ...s, help: false }))}>
          <div class="card" role="dialog" aria-label="Keys">
            <h2>Keys</h2>
            <dl>
              ${KEYS.map(({ shown, does }) => html`<dt>${shown.map(key => html`<kbd>${key}</kbd>`)}</dt><dd>${does}</dd>`)}
            </dl>
            <p class="hint">Drag the scene to look from another side, turn the wheel to come nearer, double-click to go back. While nothing plays, the scene shows the moment of a curve that is pointed at; a click stays there.</p>
          </div>
        </div>`
      : nothing,
}
