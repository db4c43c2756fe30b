/** Tests of what a machine may lack. */
import { type TestAPI, test } from 'vitest'

/** `test` where something is there; else its tests are skipped, and the reason is said. */
export function testWith(isThere: boolean, otherwise: string): TestAPI {
  if (isThere) return test
  process.stderr.write(`SKIPPED, not tested: ${otherwise}\n`)
  return test.skip as TestAPI
}
