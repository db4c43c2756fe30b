/** The recorded episodes, the newest or the best first. */
import { html, nothing } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { EpisodeSummary } from '../../src/core/events.ts'
import type { App } from '../app.ts'
import { choose, inOrder, returnOf, type State } from '../state.ts'
import { count, episodeName, number, seconds } from './format.ts'
import type { Panel } from './panel.ts'

export const episodes: Panel = {
  root: '#episodes',
  reads: ['episodes', 'open', 'wanted', 'listed', 'info', 'returns', 'order', 'rows'],
  view: (state, app) => {
    const best = Math.max(0, ...state.episodes.map(episode => returnOf(state, episode)))
    return html`
      <h2>
        Episodes <span class="muted grow">${state.episodes.length || nothing}</span>
        <button
          id="order"
          class="quiet"
          title="Change the order"
          @click=${() => app.update(s => ({ ...s, order: s.order === 'newest' ? 'best' : 'newest' }))}
        >${state.order} first</button>
      </h2>
      ${state.episodes.length === 0 ? empty(state) : nothing}
      <ol class="list">
        ${repeat(
          inOrder(state).slice(0, state.rows),
          ({ id }) => id,
          episode => row(episode, best, state, app),
        )}
        ${state.episodes.length > state.rows ? more(state, app) : nothing}
      </ol>`
  },
}

function row(episode: EpisodeSummary, best: number, state: State, app: App) {
  const { id, atStep, length, success } = episode
  const { open, wanted, returns } = state
  const isOpen = id === (wanted?.id ?? open?.summary.id)
  const total = returnOf(state, episode)
  const share = best > 0 ? Math.max(0, total) / best : 0
  const judged = success ? ', succeeded' : ', did not succeed'
  const rescored = returns.has(id)
  return html`<li>
    <button
      class="episode"
      data-id=${id}
      aria-current=${isOpen}
      style="--share: ${(100 * share).toFixed(1)}%"
      title="${id}: ${length} steps, recorded at step ${atStep}, return ${number(episode.return)}${judged}"
      @click=${() => app.update(s => choose(s, id))}
    >
      <span class="name">${episodeName(id)}</span>
      <span class="muted">${count(atStep)}</span>
      <span class="muted">${rescored ? number(episode.return) : seconds(episode.seconds)}</span>
      <span class="mark" aria-label=${success ? 'success' : nothing}>${rescored ? '→' : success ? '✓' : ''}</span>
      <b class=${rescored ? 'what-if' : ''}>${number(total)}</b>
    </button>
  </li>`
}

const more = ({ episodes, rows }: State, app: App) =>
  html`<li>
    <button class="quiet" @click=${() => app.update(s => ({ ...s, rows: 2 * s.rows }))}>
      ${episodes.length - rows} more…
    </button>
  </li>`

const empty = ({ listed, info }: State) =>
  html`<p class="hint">
    ${
      !listed
        ? 'Asking the run for its recordings…'
        : info?.live
          ? 'The first one appears here as soon as it ends.'
          : 'Nothing has been recorded in this run yet.'
    }
  </p>`
