/** What has changed from one text to another, line by line, as `diff -u` shows it. */

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** Unchanged lines shown around a change. */
const CONTEXT = 2

/** '' when they are equal. For texts of some hundred lines. */
export function lineDiff(before: string, after: string): string {
  if (before.trimEnd() === after.trimEnd()) return ''
  const lines = changes(before.trimEnd().split('\n'), after.trimEnd().split('\n'))
  const isNear = (i: number): boolean =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ mark }) => mark !== ' ')
  const shown: string[] = []
  lines.forEach(({ mark, text }, i) => {
    if (isNear(i)) shown.push(`${mark} ${text}`.trimEnd())
    else if (shown.length > 0 && shown.at(-1) !== '  …') shown.push('  …')
  })
  if (shown.at(-1) === '  …') shown.pop()
  return shown.join('\n')
}

/** Pairs of lines that are compared; of texts with more, which nobody reads line by line, all has changed. */
const MOST_PAIRS = 4_000_000

/** By the longest common subsequence. */
function changes(a: readonly string[], b: readonly string[]): Line[] {
  if (a.length * b.length > MOST_PAIRS) {
    const all = (texts: readonly string[], mark: Line['mark']) => texts.map(text => ({ mark, text }))
    return [...all(a, '-'), ...all(b, '+')]
  }
  const width = b.length + 1
  const length = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j
      length[at] = a[i] === b[j] ? length[at + width + 1] + 1 : Math.max(length[at + width], length[at + 1])
    }
  }
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i++] })
      j++
    } else if (j >= b.length || (i < a.length && length[(i + 1) * width + j] >= length[i * width + j + 1])) {
      lines.push({ mark: '-', text: a[i++] })
    } else lines.push({ mark: '+', text: b[j++] })
  }
  return lines
}
