/** The recorded episodes, newest first. */
import { html, nothing } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { EpisodeSummary } from '../../src/core/events.ts'
import type { App } from '../app.ts'
import { choose, type State } from '../state.ts'
import { count, episodeName, number, seconds } from './format.ts'
import type { Panel } from './panel.ts'

export const episodes: Panel = {
  root: '#episodes',
  reads: ['episodes', 'open', 'wanted', 'listed', 'info'],
  view: (state, app) => {
    const best = Math.max(0, ...state.episodes.map(episode => episode.return))
    return html`
      <h2>Episodes <span class="muted">${state.episodes.length || nothing}</span></h2>
      ${state.episodes.length === 0 ? empty(state) : nothing}
      <ol class="list">
        ${repeat(
          [...state.episodes].reverse(),
          ({ id }) => id,
          episode => row(episode, best, state, app),
        )}
      </ol>`
  },
}

function row(episode: EpisodeSummary, best: number, { open, wanted }: State, app: App) {
  const { id, atStep, length, success } = episode
  const isOpen = id === (wanted?.id ?? open?.summary.id)
  const share = best > 0 ? Math.max(0, episode.return) / best : 0
  const judged = success === null ? '' : success ? ', succeeded' : ', did not succeed'
  return html`<li>
    <button
      class="episode"
      data-id=${id}
      aria-current=${isOpen}
      style="--share: ${(100 * share).toFixed(1)}%"
      title="${id}: ${length} steps, recorded at step ${atStep}${judged}"
      @click=${() => app.update(s => choose(s, id))}
    >
      <span class="name">${episodeName(id)}</span>
      <span class="muted">${count(atStep)}</span>
      <span class="muted">${seconds(episode.seconds)}</span>
      <span class="mark" aria-label=${success ? 'success' : ''}>${success ? '✓' : ''}</span>
      <b>${number(episode.return)}</b>
    </button>
  </li>`
}

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
