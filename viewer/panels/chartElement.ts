import { type Chart, paint } from './chart.ts'

/** `<carrot-chart .chart=${…}>`: paints a chart again when it is another value, or has another size. */
class ChartElement extends HTMLElement {
  private readonly canvas = document.createElement('canvas')
  private shown: Chart | undefined

  connectedCallback(): void {
    this.append(this.canvas)
    new ResizeObserver(() => this.repaint()).observe(this)
  }

  set chart(chart: Chart) {
    if (chart === this.shown) return
    this.shown = chart
    this.repaint()
  }

  private repaint(): void {
    const { clientWidth: width, clientHeight: height, canvas } = this
    if (this.shown === undefined || width === 0 || height === 0) return
    canvas.width = Math.round(width * devicePixelRatio)
    canvas.height = Math.round(height * devicePixelRatio)
    const context = canvas.getContext('2d') as CanvasRenderingContext2D
    context.scale(devicePixelRatio, devicePixelRatio)
    paint(context, this.shown, width, height)
  }
}

customElements.define('carrot-chart', ChartElement)
