/**
 * Letters as strokes, for text in pixels. A glyph is lines, separated by commas, through points of two digits: x from 0 on
 * the left, y from 0 at the top of capitals; 2 is the top of small letters, 6 the base line, 8 the lowest descender.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '10 30 41 45 36 16 05 01 10',
  '1': '01 10 16,06 26',
  '2': '01 10 30 41 42 06 46',
  '3': '01 10 30 41 42 33 13,33 44 45 36 16 05',
  '4': '36 30 04 44',
  '5': '40 00 03 33 44 45 36 16 05',
  '6': '30 20 02 05 16 36 45 44 33 13 04',
  '7': '00 40 16',
  '8': '13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33',
  '9': '42 33 13 02 01 10 30 41 44 26 16',
  A: '06 20 46,14 34',
  B: '03 33 42 41 30 00 06 36 45 44 33',
  C: '41 30 10 01 05 16 36 45',
  D: '00 20 42 44 26 06 00',
  E: '40 00 06 46,03 33',
  F: '40 00 06,03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06,40 46,03 43',
  I: '00 20,10 16,06 26',
  J: '30 35 26 16 05',
  K: '00 06,40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  Q: '10 30 41 45 36 16 05 01 10,24 46',
  R: '06 00 30 41 42 33 03,23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40,20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 32 56 60',
  X: '00 46,40 06',
  Y: '00 23 40,23 26',
  Z: '00 40 06 46',
  a: '12 32 43 46,45 36 16 05 14 44',
  b: '00 06,03 12 32 43 45 36 16 05',
  c: '43 32 12 03 05 16 36 45',
  d: '40 46,43 32 12 03 05 16 36 45',
  e: '04 44 43 32 12 03 05 16 36',
  f: '30 20 11 16,02 22',
  g: '42 47 38 18 07,43 32 12 03 05 16 36 45',
  h: '00 06,03 12 32 43 46',
  i: '00 00,02 06',
  j: '10 10,12 17 08',
  k: '00 06,32 04 36',
  l: '00 06',
  m: '02 06,03 12 22 33 36,33 42 52 63 66',
  n: '02 06,03 12 32 43 46',
  o: '12 32 43 45 36 16 05 03 12',
  p: '02 08,03 12 32 43 45 36 16 05',
  q: '42 48,43 32 12 03 05 16 36 45',
  r: '02 06,04 12 22',
  s: '43 32 12 03 14 34 45 36 16 05',
  t: '10 15 26,02 22',
  u: '02 05 16 36 45,42 46',
  v: '02 26 42',
  w: '02 16 33 56 62',
  x: '02 46,42 06',
  y: '02 26,42 18 08',
  z: '02 42 06 46',
  ' ': '00',
  '.': '06 06',
  ',': '16 07',
  ':': '03 03,06 06',
  '-': '04 24',
  '−': '04 44',
  '+': '04 44,22 26',
  '=': '03 43,05 45',
  '%': '60 06,00 20 22 02 00,44 64 66 46 44',
  '[': '20 00 07 27',
  ']': '00 20 27 07',
  '(': '10 02 05 17',
  ')': '00 12 15 07',
  '/': '30 06',
  _: '07 47',
  "'": '00 01',
  '"': '00 01,20 21',
  '<': '32 04 36',
  '>': '02 34 06',
  '×': '03 36,33 06',
  '#': '12 16,32 36,03 43,05 45',
}
/** In place of what has no glyph. */
const UNKNOWN = '00 40 46 06 00'

/** Height of capitals in parts of the font size, and of one unit of the grid. */
const UNIT = 0.72 / 6
/** Between two glyphs, and instead of a blank. */
const GAP = 1.8

export type Point = readonly [x: number, y: number]
export interface Lettering {
  readonly width: number
  /** Lines from the text's left end on its base line; y points down. */
  readonly lines: readonly (readonly Point[])[]
}

/** A text of a font size in pixels as lines. */
export function lettering(text: string, size: number): Lettering {
  const unit = UNIT * size
  const lines: Point[][] = []
  let at = 0
  for (const character of text) {
    const strokes = (GLYPHS[character] ?? UNKNOWN).split(',').map(line => line.split(' '))
    const widest = Math.max(...strokes.flat().map(([x]) => Number(x)))
    if (character !== ' ')
      lines.push(
        ...strokes.map(line =>
          line.map(([x, y]) => [at + Number(x) * unit, (Number(y) - 6) * unit] as const),
        ),
      )
    at += (widest + GAP) * unit
  }
  return { width: Math.max(0, at - GAP * unit), lines }
}
