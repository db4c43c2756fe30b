/** Numbers as people read them. */

/** Three or four digits that count: 1844, 12.35, −0.0019. */
export function number(value: number | undefined | null): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return value.toExponential(1)
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
  // A minus of its own kind, as wide as a digit.
  return value.toFixed(digits).replace('-', '−')
}

/** 812, 98.3k, 1.20M */
export const count = (value: number): string =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)}M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)}k`
      : String(value)

/** 3.24 s */
export const seconds = (value: number): string => `${value.toFixed(2)} s`

/** '#85' of 'e000085'. */
export const episodeName = (id: string): string => `#${id.replace(/^e0*(?=\d)/, '')}`

/** 'policy loss' of 'policyLoss', 'return' of 'episodeReturn', 'forward' of 'term/forward'. */
export const metricName = (key: string): string =>
  key.startsWith('term/')
    ? key.slice('term/'.length)
    : key
        .replace(/^episode(?=[A-Z])/, '')
        .replace(/[A-Z]/g, upper => ` ${upper.toLowerCase()}`)
        .trim()

/** Round values from 0 to `end`, at most about `most` of them. */
export function ticks(end: number, most: number): number[] {
  if (!(end > 0)) return []
  const rough = end / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find(factor => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(6)),
  )
}
