/** Line charts as SVG text: what a report needs and no more. */

export interface Series {
  readonly name: string
  /** Ascending in x. */
  readonly points: readonly {
    readonly x: number
    readonly y: number
    readonly low: number
    readonly high: number
  }[]
}

export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 420
const MARGIN = { top: 40, right: 20, bottom: 50, left: 70 }
/** Distinct also for most who see colours differently (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442']

/** A whole SVG document: bands between low and high, lines through y, and a legend. */
export function lineChart({ title, xLabel, yLabel, series }: Chart): string {
  const all = series.flatMap(({ points }) => points)
  const x = scale(
    all.map(point => point.x),
    [MARGIN.left, WIDTH - MARGIN.right],
  )
  const y = scale(
    all.flatMap(point => [point.low, point.high]),
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  )
  const lines = series.map((each, i) => {
    const colour = COLOURS[i % COLOURS.length]
    const at = (value: 'y' | 'low' | 'high') =>
      each.points.map(point => `${x.to(point.x)},${y.to(point[value])}`)
    const band = [...at('high'), ...at('low').reverse()].join(' ')
    return [
      `<polygon points="${band}" fill="${colour}" fill-opacity="0.18"/>`,
      `<polyline points="${at('y').join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ].join('\n')
  })
  const legend = series.map((each, i) => {
    const top = MARGIN.top + 8 + 18 * i
    const colour = COLOURS[i % COLOURS.length]
    return `<rect x="${MARGIN.left + 12}" y="${top}" width="14" height="4" fill="${colour}"/>${text(MARGIN.left + 32, top + 7, each.name, 'start')}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(WIDTH / 2, 22, title, 'middle', 15),
    ...x.ticks.map(
      tick =>
        `${gridLine(x.to(tick), 'x')}${text(x.to(tick), HEIGHT - MARGIN.bottom + 18, short(tick), 'middle')}`,
    ),
    ...y.ticks.map(
      tick => `${gridLine(y.to(tick), 'y')}${text(MARGIN.left - 8, y.to(tick) + 4, short(tick), 'end')}`,
    ),
    text(WIDTH / 2, HEIGHT - 12, xLabel, 'middle'),
    `<g transform="rotate(-90 16 ${HEIGHT / 2})">${text(16, HEIGHT / 2, yLabel, 'middle')}</g>`,
    ...lines,
    ...legend,
    '</svg>\n',
  ].join('\n')
}

interface Scale {
  /** Position of a value, rounded to a tenth. */
  to(value: number): number
  readonly ticks: readonly number[]
}

/** Linear from the range of the values to `to`. */
function scale(values: readonly number[], [start, end]: readonly [number, number]): Scale {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite, Number.POSITIVE_INFINITY)
  const high = Math.max(...finite, Number.NEGATIVE_INFINITY)
  const [from, till] = low < high ? [low, high] : low === high ? [low - 1, high + 1] : [0, 1]
  return {
    to: value => Math.round(10 * (start + ((value - from) / (till - from)) * (end - start))) / 10,
    ticks: ticksOf(from, till),
  }
}

/** About five round numbers. */
function ticksOf(from: number, till: number): number[] {
  const rough = (till - from) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10)
  const first = Math.ceil(from / step)
  const count = Math.floor(till / step) - first + 1
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** 1000000 → '1M'. */
function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`
  return size >= 1e4 ? `${Number((value / 1e3).toPrecision(4))}k` : String(value)
}

function gridLine(at: number, axis: 'x' | 'y'): string {
  const [x1, y1, x2, y2] =
    axis === 'x' ? [at, MARGIN.top, at, HEIGHT - MARGIN.bottom] : [MARGIN.left, at, WIDTH - MARGIN.right, at]
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`
}

const text = (x: number, y: number, value: string, anchor: string, size = 12): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}">${quoted(value)}</text>`

const quoted = (value: string): string =>
  value.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`)
