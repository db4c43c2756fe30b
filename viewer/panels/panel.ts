/** A panel: a function of the state, rendered again when what it reads has changed. */
import { render, type TemplateResult } from 'lit'
import type { App } from '../app.ts'
import type { State } from '../state.ts'

export interface Panel {
  /** Element it fills. */
  readonly root: string
  readonly reads: readonly (keyof State)[]
  readonly view: (state: State, app: App) => TemplateResult | typeof import('lit').nothing
}

/** Renders the panels whose reads differ between two states. */
export function renderPanels(panels: readonly Panel[], app: App, before: State | undefined): void {
  const { state } = app
  for (const { root, reads, view } of panels) {
    if (before !== undefined && reads.every(key => before[key] === state[key])) continue
    render(view(state, app), document.querySelector(root) as HTMLElement)
  }
}
