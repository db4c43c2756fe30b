/** `npm test`: types, format and lint, then every test. The last line says how many passed and how many failed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { staticChecks, tool } from './tools.ts'

/** What is read of vitest's JSON report. */
interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'carrot-test-'))
const file = join(folder, 'report.json')
const checks = await staticChecks()
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
const code = await tool('vitest', 'vitest', 'run', ...reporters, ...process.argv.slice(2))
const tests = count(code)
rmSync(folder, { recursive: true, force: true })

const broken = checks.filter(check => !check.passed)
for (const { name } of broken) process.stdout.write(`FAILED: ${name}\n`)
if (tests.skipped > 0) process.stdout.write(`SKIPPED: ${tests.skipped} tests; see above for why.\n`)
const passed = checks.length - broken.length + tests.passed
const failed = broken.length + tests.failed
process.exitCode = failed === 0 ? 0 : 1
process.stdout.write(`${passed} passed, ${failed} failed\n`)

function count(exit: number): { passed: number; failed: number; skipped: number } {
  const report = readReport()
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  // A file that could not be loaded counts as one failure; so does what goes wrong outside of any test.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some(result => result.status === 'failed'),
  ).length
  const failures = report.numFailedTests + unloaded
  return {
    passed: report.numPassedTests,
    failed: failures === 0 && exit !== 0 ? 1 : failures,
    skipped: report.numPendingTests,
  }
}

/** Undefined when vitest did not come as far as writing one. */
function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
