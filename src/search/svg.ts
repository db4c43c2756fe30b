/** Line charts as SVG text. */
import { type Chart, HEIGHT, type Shape, shapesOf, WIDTH } from './chart.ts'

/** A whole SVG document. */
export const lineChart = (chart: Chart): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...shapesOf(chart).map(element),
    '</svg>\n',
  ].join('\n')

function element(shape: Shape): string {
  if (shape.kind === 'text') {
    const { at, value, anchor, size, upright } = shape
    const turned = upright ? ` transform="rotate(-90 ${at.join(' ')})"` : ''
    return `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}" font-size="${size}"${turned}>${quoted(value)}</text>`
  }
  const points = `points="${shape.points.map(point => point.join(',')).join(' ')}"`
  return shape.kind === 'area'
    ? `<polygon ${points} fill="${shape.colour}" fill-opacity="${shape.opacity}"/>`
    : `<polyline ${points} fill="none" stroke="${shape.colour}" stroke-width="${shape.width}"/>`
}

const quoted = (value: string): string =>
  value.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`)
