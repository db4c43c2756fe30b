/** What is written over the scene: which episode, from which camera, and why there is none to see. */
import { html, nothing } from 'lit'
import type { App } from '../app.ts'
import { cameraNames } from '../scene/rig.ts'
import { follow, type State } from '../state.ts'
import { count, episodeName, number } from './format.ts'
import type { Panel } from './panel.ts'

/** `blind` is why nothing can be drawn, when nothing can. */
export const overlay = (blind: string | undefined): Panel => ({
  root: '#overlay',
  reads: ['open', 'following', 'camera', 'info', 'episodes', 'listed', 'connection', 'ended'],
  view: (state, app) => html`
    ${blind === undefined ? nothing : html`<p class="veil" id="blind">${blind}<br />Everything but the scene works.</p>`}
    ${state.open === undefined && blind === undefined ? waiting(state) : nothing}
    ${caption(state)}
    <div class="corner">${followButton(state, app)} ${cameras(state, app)}</div>
  `,
})

function caption({ open }: State) {
  if (open === undefined) return nothing
  const { id, atStep, terminated, success } = open.summary
  const how = success ? 'succeeded' : terminated ? 'fell or failed' : 'ran to the end of its time'
  return html`<p class="caption" id="caption">
    <b>Episode ${episodeName(id)}</b> after ${count(atStep)} steps
    <span class="muted">· return <b>${number(open.summary.return)}</b> · ${how}</span>
  </p>`
}

function followButton({ following, info, ended, episodes }: State, app: App) {
  if (episodes.length === 0) return nothing
  const growing = info?.live && ended === undefined
  return html`<button
    id="follow"
    class="pill ${following ? 'on' : ''}"
    aria-pressed=${following}
    title="Show the newest episode, one after the other (F)"
    @click=${() => app.update(follow)}
  >
    ${following ? (growing ? 'following live' : 'showing the newest') : 'follow the newest'}
  </button>`
}

function cameras({ info, camera }: State, app: App) {
  if (info === undefined) return nothing
  const choose = (event: Event) => {
    const index = Number((event.target as HTMLSelectElement).value)
    app.update(state => ({ ...state, camera: index }))
  }
  return html`<select class="pill" aria-label="camera" title="Camera ([ and ])" @change=${choose}>
    ${cameraNames(info.scene).map(
      (name, i) => html`<option value=${i - 1} ?selected=${i - 1 === camera}>${name}</option>`,
    )}
  </select>`
}

function waiting({ info, listed, episodes, connection }: State) {
  if (info === undefined) {
    const text = connection === 'lost' ? 'The run does not answer. Trying again…' : 'Connecting to the run…'
    return html`<p class="veil">${text}</p>`
  }
  if (!listed || episodes.length > 0) return html`<p class="veil">Loading…</p>`
  return html`<p class="veil" id="waiting">
    No episode has been recorded yet.<br />
    ${
      info.live
        ? `The first appears here by itself; ${count(info.step)} of ${count(info.steps)} steps are done.`
        : 'Train it further (carrot train --resume), and what is recorded appears here by itself.'
    }
  </p>`
}
