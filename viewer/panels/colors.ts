/** Colours of terms, told apart by most eyes and on white. */
const TERMS = ['#2f6fb5', '#d1632a', '#2a9277', '#8a5bb8', '#b8477a', '#8a7a1f', '#4a8fa8', '#7a6252']

/** Of the combined reward. */
export const TOTAL_COLOR = '#1d2733'
export const METRIC_COLOR = '#5b6b7d'

/** By the place of the term in `termsOf`. */
export const termColor = (terms: readonly string[], name: string): string =>
  TERMS[Math.max(0, terms.indexOf(name)) % TERMS.length]
