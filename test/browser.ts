/** Which browser the tests drive. Nothing is downloaded: it must be on the machine. */
import { findBrowser } from '../bench/peers/browser.ts'
import { testWith } from './needs.ts'

const MISSING =
  'No browser was found: install Chrome, Chromium or Edge, or set CHROME_PATH to the executable of one.'
const found = findBrowser()

/** The browser, inside a `browserTest`. */
export function browserPath(): string {
  if (found === undefined) throw new Error(MISSING)
  return found
}

/** `test` for what needs a browser. Without one it fails in CI; elsewhere it is skipped, and said so. */
export const browserTest = testWith(found !== undefined || Boolean(process.env.CI), MISSING)
