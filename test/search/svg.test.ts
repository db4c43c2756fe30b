import { expect, test } from 'vitest'
import { HEIGHT, WIDTH } from '../../src/search/chart.ts'
import { chartPixels, chartPng } from '../../src/search/raster.ts'
import { lettering } from '../../src/search/strokes.ts'
import { lineChart } from '../../src/search/svg.ts'

const points = [
  { x: 0, y: 1, low: 0, high: 2 },
  { x: 50_000, y: 5, low: 3, high: 6 },
  { x: 100_000, y: 8, low: 7, high: 10 },
]
const chart = { title: 'a < b & "c"', xLabel: 'steps', yLabel: 'return', series: [{ name: 'one', points }] }

/** Points of the first band, or of the first line as wide as those of data, as numbers. */
const pointsOf = (svg: string, element: 'polygon' | 'polyline'): number[][] =>
  (element === 'polygon' ? /<polygon points="([^"]*)"/ : /<polyline points="([^"]*)"[^>]* stroke-width="2"/)
    .exec(svg)![1]
    .split(' ')
    .map(pair => pair.split(',').map(Number))

test('lines go where the numbers say, with the band around them', () => {
  const svg = lineChart(chart)
  const line = pointsOf(svg, 'polyline')
  expect(line).toHaveLength(3)
  // Evenly spaced to the right, and higher values higher up.
  expect(line[1][0] - line[0][0]).toBeCloseTo(line[2][0] - line[1][0], 1)
  expect(line[0][1]).toBeGreaterThan(line[1][1])
  const band = pointsOf(svg, 'polygon')
  expect(band).toHaveLength(6)
  band.slice(0, 3).forEach(([x, high], i) => {
    expect(x).toBe(line[i][0])
    expect(high).toBeLessThan(line[i][1])
  })
  for (const label of ['>20k<', '>100k<', '>one<', '>steps<', '>return<']) expect(svg).toContain(label)
})

test('text cannot break the document, and charts without data are charts', () => {
  const svg = lineChart(chart)
  expect(svg).toContain('a &#60; b &#38; &#34;c&#34;')
  const empty = lineChart({ ...chart, series: [{ name: 'none', points: [] }] })
  expect(empty).not.toMatch(/NaN|Infinity|undefined/)
  const flat = lineChart({ ...chart, series: [{ name: 'flat', points: [{ x: 3, y: 2, low: 2, high: 2 }] }] })
  expect(flat).not.toMatch(/NaN|Infinity/)
})

test('pixels show what the SVG says: line, band, grid and text', () => {
  const pixels = chartPixels(chart)
  const at = ([x, y]: readonly number[]): number[] => {
    const first = 4 * (Math.floor(2 * y) * 2 * WIDTH + Math.floor(2 * x))
    return [...pixels.subarray(first, first + 3)]
  }
  const [colour, white] = [
    [0, 0x72, 0xb2],
    [255, 255, 255],
  ]
  const line = pointsOf(lineChart(chart), 'polyline')
  expect(line.map(at)).toEqual([colour, colour, colour])
  const middle = [(line[1][0] + line[2][0]) / 2, (line[1][1] + line[2][1]) / 2]
  expect(at(middle)).toEqual(colour)
  const band = colour.map(channel => Math.round(255 + 0.18 * (channel - 255)))
  expect(at([middle[0], middle[1] - 15])).toEqual(band)
  expect(at([WIDTH - 2, 2])).toEqual(white)
  // Letters of the title, of the axis that reads upwards, and none beside them.
  const dark = (left: number, top: number, right: number, bottom: number): number => {
    let count = 0
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (at([x, y])[0] < 128) count++
    return count
  }
  expect(dark(WIDTH / 2 - 40, 5, WIDTH / 2 + 40, 28)).toBeGreaterThan(60)
  expect(dark(5, HEIGHT / 2 - 30, 20, HEIGHT / 2 + 30)).toBeGreaterThan(60)
  expect(dark(0, 0, WIDTH / 2 - 60, 28)).toBe(0)
  expect(chartPixels({ ...chart, series: [] })).toHaveLength(pixels.length)
})

test('the picture is a PNG file, and the same every time', () => {
  const png = chartPng(chart)
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  const header = new DataView(png.buffer)
  expect([header.getUint32(16), header.getUint32(20)]).toEqual([2 * WIDTH, 2 * HEIGHT])
  expect(chartPng(chart)).toEqual(png)
})

test('letters follow each other; what has no glyph takes its place', () => {
  const [one, two] = [lettering('a', 10), lettering('aa', 10)]
  expect(two.width).toBeGreaterThan(2 * one.width)
  expect(two.lines).toHaveLength(2 * one.lines.length)
  expect(lettering('漢', 10).lines).toEqual(lettering('字', 10).lines)
  expect(lettering(' ', 10).lines).toEqual([])
  expect(lettering('', 10)).toEqual({ width: 0, lines: [] })
})
