/** Lines over a shared axis. What to draw is computed apart from drawing it, so that it can be tested without a screen. */

import { number } from './format.ts'

export interface Line {
  /** Ascending. */
  readonly x: ArrayLike<number>
  /** A gap where it is not finite. */
  readonly y: ArrayLike<number>
  readonly color: string
  readonly dashed?: boolean
  /** Filled down to zero. */
  readonly filled?: boolean
}

export type Range = readonly [low: number, high: number]

export interface Chart {
  readonly lines: readonly Line[]
  readonly x: Range
  readonly y: Range
  /** A line across at this y. */
  readonly rule?: number
  /** Lines down at these x. */
  readonly grid?: readonly number[]
  /** Values written beside their height. */
  readonly marks?: readonly { readonly y: number; readonly text: string }[]
}

/** Room left above and below the lines, as a part of the height. */
const MARGIN = 0.1

/** The least range that holds all finite values, and zero, with some room. */
export function rangeOf(series: readonly ArrayLike<number>[]): Range {
  let low = 0
  let high = 0
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue
      low = Math.min(low, values[i])
      high = Math.max(high, values[i])
    }
  }
  if (low === high) return [low - 1, high + 1]
  const room = (high - low) * MARGIN
  return [low - room, high + room]
}

/** The highest value as a mark, and the lowest where that is below zero. */
export function extremes(series: readonly ArrayLike<number>[]): NonNullable<Chart['marks']> {
  const finite = series.flatMap(values => Array.from(values).filter(Number.isFinite))
  if (finite.length === 0) return []
  const high = finite.reduce((top, value) => Math.max(top, value))
  const low = finite.reduce((bottom, value) => Math.min(bottom, value))
  return (low < 0 && low < high ? [high, low] : [high]).map(y => ({ y, text: number(y) }))
}

/**
 * Points of a line on a canvas of this size, x y x y …, in pieces where it has gaps. Of the points that fall into one
 * column of pixels only the first, the lowest, the highest and the last are kept: they look the same.
 */
export function trace(
  { x, y }: Line,
  frame: Pick<Chart, 'x' | 'y'>,
  width: number,
  height: number,
): number[][] {
  const [left, right] = frame.x
  const [low, high] = frame.y
  const toX = (value: number): number => ((value - left) / (right - left || 1)) * width
  const toY = (value: number): number => height - ((value - low) / (high - low || 1)) * height
  const pieces: number[][] = []
  let piece: number[] = []
  let column: number[] = []
  const flush = (): void => {
    if (column.length === 0) return
    const byHeight = [...column].sort((a, b) => y[a] - y[b])
    const kept = new Set([column[0], byHeight[0], byHeight[byHeight.length - 1], column[column.length - 1]])
    for (const i of [...kept].sort((a, b) => a - b)) piece.push(toX(x[i]), toY(y[i]))
    column = []
  }
  const cut = (): void => {
    flush()
    if (piece.length > 0) pieces.push(piece)
    piece = []
  }
  for (let i = 0; i < y.length; i++) {
    if (!Number.isFinite(y[i])) cut()
    else {
      if (column.length > 0 && Math.floor(toX(x[i])) !== Math.floor(toX(x[column[0]]))) flush()
      column.push(i)
    }
  }
  cut()
  return pieces
}

/** Half the height of a line of text, px. */
const HALF_LINE = 7

/** The middles of the marks on a canvas of this height, px; of two that would lie on each other, the first stays. */
export function placed(
  { marks = [], y: [low, high] }: Pick<Chart, 'marks' | 'y'>,
  height: number,
): { readonly at: number; readonly text: string }[] {
  const texts: { at: number; text: string }[] = []
  for (const { y, text } of marks) {
    const middle = height - ((y - low) / (high - low || 1)) * height
    const at = Math.min(height - HALF_LINE, Math.max(HALF_LINE, middle))
    if (texts.every(other => Math.abs(other.at - at) >= 2 * HALF_LINE)) texts.push({ at, text })
  }
  return texts
}

/** Draws onto a canvas of this size, in CSS pixels. */
export function paint(context: CanvasRenderingContext2D, chart: Chart, width: number, height: number): void {
  const toY = (value: number): number =>
    height - ((value - chart.y[0]) / (chart.y[1] - chart.y[0] || 1)) * height
  context.clearRect(0, 0, width, height)
  context.lineJoin = 'round'
  if (chart.rule !== undefined) {
    context.fillStyle = '#0f1b2a1f'
    context.fillRect(0, Math.round(toY(chart.rule)), width, 1)
  }
  for (const x of chart.grid ?? []) {
    context.fillStyle = '#0f1b2a0f'
    context.fillRect(Math.round(((x - chart.x[0]) / (chart.x[1] - chart.x[0] || 1)) * width), 0, 1, height)
  }
  for (const line of chart.lines) {
    for (const points of trace(line, chart, width, height)) paintPiece(context, line, points, toY(0))
  }
  context.font = '10.5px system-ui, sans-serif'
  context.fillStyle = '#66758a'
  context.textBaseline = 'middle'
  // A rim of paper sets them off from the lines.
  context.strokeStyle = '#fff'
  context.lineWidth = 3
  context.setLineDash([])
  for (const { at, text } of placed(chart, height)) {
    context.strokeText(text, 3, at)
    context.fillText(text, 3, at)
  }
}

function paintPiece(context: CanvasRenderingContext2D, line: Line, points: number[], zero: number): void {
  const path = new Path2D()
  for (let i = 0; i < points.length; i += 2) path.lineTo(points[i], points[i + 1])
  if (line.filled) {
    const area = new Path2D(path)
    area.lineTo(points[points.length - 2], zero)
    area.lineTo(points[0], zero)
    context.fillStyle = `${line.color}22`
    context.fill(area)
  }
  context.strokeStyle = line.color
  context.lineWidth = 1.6
  context.setLineDash(line.dashed ? [5, 3] : [])
  context.stroke(path)
  // A line of one point has no length to see.
  context.fillStyle = line.color
  if (points.length === 2) context.fillRect(points[0] - 1.5, points[1] - 1.5, 3, 3)
}
