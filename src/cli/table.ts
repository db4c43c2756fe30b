/** Text in columns. */

/** Rows below a header; columns whose cells all look like numbers stand to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map(row => row[column].length)))
  const numeric = header.map(
    (_, column) => rows.length > 0 && rows.every(row => /^[-–—+\d.]/.test(row[column])),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}

/** At most four significant digits, never an exponent for what people meet. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7)) return value.toExponential(2)
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 1 ? 2 : 4
  return value.toFixed(digits)
}

/** 0.25 → '25 %'. */
export const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${Math.round(100 * value)} %`

/** 65.2 s → '1:05'. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
