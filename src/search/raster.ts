/** Line charts as pixels, for what shows no SVG. */
import { encodePng } from '../png.ts'
import { type Chart, HEIGHT, type Shape, shapesOf, WIDTH } from './chart.ts'
import { lettering, type Point } from './strokes.ts'

/** Pixels a unit of the chart. */
const SCALE = 2
const [COLUMNS, ROWS] = [SCALE * WIDTH, SCALE * HEIGHT]
/** Rows of samples a pixel, for edges of areas. */
const SAMPLES = 4
const INK = '#222222'
/** Width of a letter's strokes in parts of the font size. */
const STROKE = 0.09

/** A whole PNG file. */
export const chartPng = (chart: Chart): Uint8Array<ArrayBuffer> =>
  encodePng(chartPixels(chart), COLUMNS, ROWS)

/** RGBA [ROWS, COLUMNS, 4] on white. */
export function chartPixels(chart: Chart): Uint8Array {
  const pixels = new Uint8Array(4 * COLUMNS * ROWS).fill(255)
  const coverage = new Float32Array(COLUMNS * ROWS)
  for (const shape of shapesOf(chart)) {
    draw(shape, coverage)
    const colour = shape.kind === 'text' ? INK : shape.colour
    blend(pixels, coverage, colour, shape.kind === 'area' ? shape.opacity : 1)
  }
  return pixels
}

function draw(shape: Shape, coverage: Float32Array): void {
  if (shape.kind === 'area') fill(shape.points.map(scaled), coverage)
  else if (shape.kind === 'line') trace(shape.points.map(scaled), SCALE * shape.width, coverage)
  else write(shape, coverage)
}

function write(shape: Extract<Shape, { readonly kind: 'text' }>, coverage: Float32Array): void {
  const { at, value, anchor, size, upright } = shape
  const { width, lines } = lettering(value, size)
  const before = anchor === 'start' ? 0 : anchor === 'middle' ? width / 2 : width
  for (const line of lines) {
    const points = line.map(([x, y]): Point => {
      const along = x - before
      return upright ? [at[0] + y, at[1] - along] : [at[0] + along, at[1] + y]
    })
    trace(points.map(scaled), SCALE * STROKE * size, coverage)
  }
}

const scaled = ([x, y]: Point): Point => [SCALE * x, SCALE * y]

/** The parts of pixels that a line with round ends covers. */
function trace(points: readonly Point[], width: number, coverage: Float32Array): void {
  const reach = width / 2 + 0.5
  for (let i = 0; i < points.length - 1; i++) {
    const [[ax, ay], [bx, by]] = [points[i], points[i + 1]]
    const length = (bx - ax) ** 2 + (by - ay) ** 2
    const right = Math.min(COLUMNS - 1, Math.ceil(Math.max(ax, bx) + reach))
    const bottom = Math.min(ROWS - 1, Math.ceil(Math.max(ay, by) + reach))
    for (let y = Math.max(0, Math.floor(Math.min(ay, by) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(ax, bx) - reach)); x <= right; x++) {
        const [px, py] = [x + 0.5 - ax, y + 0.5 - ay]
        const along = length === 0 ? 0 : (px * (bx - ax) + py * (by - ay)) / length
        const t = Math.max(0, Math.min(1, along))
        const distance = Math.hypot(px - t * (bx - ax), py - t * (by - ay))
        const at = y * COLUMNS + x
        coverage[at] = Math.max(coverage[at], Math.max(0, Math.min(1, reach - distance)))
      }
    }
  }
}

/** The parts of pixels inside a polygon. */
function fill(points: readonly Point[], coverage: Float32Array): void {
  for (let sample = 0; sample < ROWS * SAMPLES; sample++) {
    const y = (sample + 0.5) / SAMPLES
    const crossings = points
      .flatMap(([ax, ay], i) => {
        const [bx, by] = points[(i + 1) % points.length]
        return ay <= y !== by <= y ? [ax + ((y - ay) / (by - ay)) * (bx - ax)] : []
      })
      .sort((a, b) => a - b)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const [from, to] = [crossings[i], crossings[i + 1]]
      for (let x = Math.max(0, Math.floor(from)); x < Math.min(COLUMNS, to); x++) {
        const covered = Math.min(to, x + 1) - Math.max(from, x)
        coverage[Math.floor(sample / SAMPLES) * COLUMNS + x] += covered / SAMPLES
      }
    }
  }
}

/** Lays a colour over the pixels where it is covered, and clears the coverage. */
function blend(pixels: Uint8Array, coverage: Float32Array, colour: string, opacity: number): void {
  const rgb = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16))
  for (let at = 0; at < coverage.length; at++) {
    if (coverage[at] === 0) continue
    const alpha = opacity * Math.min(1, coverage[at])
    for (let c = 0; c < 3; c++)
      pixels[4 * at + c] = Math.round(pixels[4 * at + c] + alpha * (rgb[c] - pixels[4 * at + c]))
    coverage[at] = 0
  }
}
