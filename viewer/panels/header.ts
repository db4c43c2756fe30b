/** What run this is, and how it is doing. */
import { html, nothing } from 'lit'
import type { App } from '../app.ts'
import { statusOf } from '../run.ts'
import type { State } from '../state.ts'
import { count, number } from './format.ts'
import type { Panel } from './panel.ts'

export const header: Panel = {
  root: '#header',
  reads: ['info', 'connection', 'ended', 'metrics'],
  view: (state, app) => {
    const { info, metrics } = state
    const { text, tone } = statusOf(state)
    return html`
      <span class="brand">carrot</span>
      ${
        info === undefined
          ? nothing
          : html`
            <span class="chip">${info.env.id}</span>
            <span class="chip accent" title=${info.program.about}>${info.program.name}</span>
            <span class="muted run" title=${info.run}>${info.run}</span>`
      }
      <span class="grow"></span>
      ${
        info === undefined
          ? nothing
          : html`
            <span class="figure" title="Mean return of the last 100 episodes">
              <span class="muted">return</span> <b>${number(metrics.at(-1)?.values.episodeReturn)}</b>
            </span>
            <span class="figure" id="progress">
              <progress max=${info.steps} value=${info.step} aria-label="steps done"></progress>
              <b>${count(info.step)}</b> <span class="muted">of ${count(info.steps)} steps</span>
            </span>`
      }
      <span class="status ${tone}" role="status" id="status">${text}</span>
      ${pauseButton(state, app)}
      <button class="round" title="Keys (?)" aria-label="Show the keys" @click=${() => app.update(s => ({ ...s, help: !s.help }))}>?</button>
    `
  },
}

function pauseButton({ info, ended, connection }: State, app: App) {
  if (!info?.live || ended !== undefined || connection !== 'open') return nothing
  const { paused } = info
  return html`<button id="pause" @click=${() => app.pauseRun(!paused)}>${paused ? 'Resume training' : 'Pause training'}</button>`
}
