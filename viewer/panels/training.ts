/** How learning goes: every figure of the run over its steps. */
import { html } from 'lit'
import type { MetricsPoint } from '../../src/protocol/messages.ts'
import type { App } from '../app.ts'
import { memo } from '../memo.ts'
import { choose, type State } from '../state.ts'
import { type Chart, extremes, rangeOf } from './chart.ts'
import { METRIC_COLOR } from './colors.ts'
import { count, metricName, number } from './format.ts'
import type { Panel } from './panel.ts'

/** Shown first and tall. */
const MAIN = 'episodeReturn'
const RETURN_COLOR = '#e06a1f'

export const training: Panel = {
  root: '#training',
  reads: ['metrics', 'info', 'open'],
  view: (state, app) => {
    const { metrics, open } = state
    const keys = keysOf(metrics)
    const charts = draw(metrics)
    const at = open === undefined ? 0 : Math.min(1, open.summary.atStep / lastStep(metrics))
    return html`
      <h2>Training <span class="muted">${keys.length === 0 ? '' : `at ${count(metrics.at(-1)?.step ?? 0)} steps`}</span></h2>
      ${keys.length === 0 ? html`<p class="hint">The first figures come with the first update.</p>` : ''}
      <div class="metrics" @click=${(event: MouseEvent) => openNearest(event, app)}>
        ${keys.map(
          key => html`<div class="metric ${key === MAIN ? 'main' : ''}" data-metric=${key}>
            <span class="name">${metricName(key)}${key.startsWith('term/') ? html` <span class="muted">a step</span>` : ''}</span>
            <b>${number(metrics.at(-1)?.values[key])}</b>
            <span class="plot" title="Click to open the episode recorded nearest">
              <carrot-chart .chart=${charts[key]}></carrot-chart>
              <span class="cursor" style="left: ${(100 * at).toFixed(2)}%" ?hidden=${open === undefined}></span>
            </span>
          </div>`,
        )}
      </div>`
  },
}

const lastStep = (metrics: readonly MetricsPoint[]): number => metrics.at(-1)?.step ?? 1

/** The return, the other figures of episodes, the terms, then what the learner says. */
const keysOf = memo((metrics: readonly MetricsPoint[]): string[] => {
  const keys = new Set(metrics.flatMap(({ values }) => Object.keys(values)))
  const rank = (key: string): number =>
    key === MAIN ? 0 : key.startsWith('episode') ? 1 : key.startsWith('term/') ? 2 : 3
  return [...keys].sort((a, b) => rank(a) - rank(b))
})

const draw = memo((metrics: readonly MetricsPoint[]): Record<string, Chart> => {
  const x = metrics.map(({ step }) => step)
  return Object.fromEntries(
    keysOf(metrics).map(key => {
      // JSON has no NaN: what is not a number arrives as null.
      const y = metrics.map(({ values }) => values[key] ?? Number.NaN)
      const isMain = key === MAIN
      const line = { x, y, color: isMain ? RETURN_COLOR : METRIC_COLOR, filled: isMain }
      const marks = isMain ? extremes([y]) : []
      return [key, { lines: [line], x: [0, lastStep(metrics)], y: rangeOf([y]), rule: 0, marks }]
    }),
  )
})

/** The recording nearest to where a chart was clicked. */
function openNearest(event: MouseEvent, app: App): void {
  const plot = (event.target as HTMLElement).closest('.plot')
  if (plot === null) return
  const { left, width } = plot.getBoundingClientRect()
  const step = ((event.clientX - left) / width) * lastStep(app.state.metrics)
  const nearest = nearestTo(app.state, step)
  if (nearest !== undefined) app.update(state => choose(state, nearest))
}

function nearestTo({ episodes }: State, step: number): string | undefined {
  const away = (atStep: number): number => Math.abs(atStep - step)
  const nearest = episodes.reduce<(typeof episodes)[number] | undefined>(
    (best, each) => (best === undefined || away(each.atStep) < away(best.atStep) ? each : best),
    undefined,
  )
  return nearest?.id
}
