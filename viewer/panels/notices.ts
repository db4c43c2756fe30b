/** What went wrong, and what was refused. */
import { html } from 'lit'
import { dismiss } from '../state.ts'
import type { Panel } from './panel.ts'

export const notices: Panel = {
  root: '#notices',
  reads: ['notices'],
  view: (state, app) =>
    html`${state.notices.map(
      ({ text, tone, count }) => html`<div class="notice ${tone}">
      <span>${text}${count > 1 ? html` <span class="muted">(${count}×)</span>` : ''}</span>
      <button class="round" aria-label="Dismiss" @click=${() => app.update(s => dismiss(s, text))}>×</button>
    </div>`,
    )}`,
}
