/** The page of a run: one state, panels that read it, and a clock that moves it on. */
import './style.css'
import './panels/chartElement.ts'
import { App } from './app.ts'
import { debugHandle } from './debug.ts'
import { listenToKeys } from './keys.ts'
import { episodes } from './panels/episodes.ts'
import { header } from './panels/header.ts'
import { help } from './panels/help.ts'
import { notices } from './panels/notices.ts'
import { overlay } from './panels/overlay.ts'
import { renderPanels } from './panels/panel.ts'
import { timeline } from './panels/timeline.ts'
import { training } from './panels/training.ts'
import { weights } from './panels/weights.ts'
import { Stage } from './scene/stage.ts'
import { Source } from './source.ts'
import { advance, type State } from './state.ts'

/** The clock does not leap over what a page in the background has missed, s. */
const LONGEST_FRAME = 0.1

const app = new App(new Source())
const stage = new Stage(document.querySelector('#scene') as HTMLElement)
const panels = [header, episodes, overlay(stage.blind), weights, training, timeline, notices, help]

let before: State | undefined
let then = performance.now()

function frame(now: number): void {
  // First, so that a panel that fails does not stop the clock.
  requestAnimationFrame(frame)
  const seconds = Math.min(LONGEST_FRAME, (now - then) / 1000)
  then = now
  app.update(state => advance(state, seconds))
  const last = before
  before = app.state
  renderPanels(panels, app, last)
  stage.draw(app.state)
}

window.carrot = debugHandle(app, stage)
listenToKeys(app)
app.start()
requestAnimationFrame(frame)
