/** `npm run check`: types, format and lint. */
import { staticChecks } from './tools.ts'

const failed = (await staticChecks()).filter(check => !check.passed)
for (const { name } of failed) process.stderr.write(`FAILED: ${name}\n`)
process.exitCode = failed.length === 0 ? 0 : 1
