/** Line charts: what a report needs and no more, as shapes that can become SVG or pixels. */
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

type At = readonly [x: number, y: number]
/** In units of the picture, y down from the top; colours as '#rrggbb'. */
export type Shape =
  | {
      readonly kind: 'area'
      readonly points: readonly At[]
      readonly colour: string
      readonly opacity: number
    }
  | { readonly kind: 'line'; readonly points: readonly At[]; readonly colour: string; readonly width: number }
  | {
      readonly kind: 'text'
      readonly at: At
      readonly value: string
      readonly anchor: 'start' | 'middle' | 'end'
      readonly size: number
      /** Reads upwards. */
      readonly upright?: boolean
    }

export const WIDTH = 720
export const HEIGHT = 420
const MARGIN = { top: 40, right: 20, bottom: 50, left: 70 }
/** Distinct also for most who see colours differently (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442']
const GRID = '#dddddd'

/** Bands between low and high, lines through y, and a legend, from the back to the front. */
export function shapesOf({ title, xLabel, yLabel, series }: Chart): Shape[] {
  const all = series.flatMap(({ points }) => points)
  const x = scale(
    all.map(point => point.x),
    [MARGIN.left, WIDTH - MARGIN.right],
  )
  const y = scale(
    all.flatMap(point => [point.low, point.high]),
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  )
  const lines = series.flatMap((each, i): Shape[] => {
    const colour = COLOURS[i % COLOURS.length]
    const at = (value: 'y' | 'low' | 'high') =>
      each.points.map((point): At => [x.to(point.x), y.to(point[value])])
    return [
      { kind: 'area', points: [...at('high'), ...at('low').reverse()], colour, opacity: 0.18 },
      { kind: 'line', points: at('y'), colour, width: 2 },
    ]
  })
  const legend = series.flatMap((each, i): Shape[] => {
    const top = MARGIN.top + 10 + 18 * i
    const from = MARGIN.left + 12
    const points: At[] = [
      [from, top],
      [from + 14, top],
    ]
    return [
      { kind: 'line', points, colour: COLOURS[i % COLOURS.length], width: 4 },
      text([from + 20, top + 5], each.name, 'start'),
    ]
  })
  const bottom = HEIGHT - MARGIN.bottom
  return [
    text([WIDTH / 2, 22], title, 'middle', 15),
    ...x.ticks.flatMap(tick => [
      gridLine([x.to(tick), MARGIN.top], [x.to(tick), bottom]),
      text([x.to(tick), bottom + 18], short(tick), 'middle'),
    ]),
    ...y.ticks.flatMap(tick => [
      gridLine([MARGIN.left, y.to(tick)], [WIDTH - MARGIN.right, y.to(tick)]),
      text([MARGIN.left - 8, y.to(tick) + 4], short(tick), 'end'),
    ]),
    text([WIDTH / 2, HEIGHT - 12], xLabel, 'middle'),
    { ...text([16, HEIGHT / 2], yLabel, 'middle'), upright: true },
    ...lines,
    ...legend,
  ]
}

const text = (at: At, value: string, anchor: 'start' | 'middle' | 'end', size = 12) =>
  ({ kind: 'text', at, value, anchor, size }) as const

const gridLine = (from: At, to: At): Shape => ({ kind: 'line', points: [from, to], colour: GRID, width: 1 })

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
