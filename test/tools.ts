/** The project's own tools, started by the path of their JavaScript: no shell, so that Windows runs them too. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The script behind a package's command. */
function script(name: string, command: string): string {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, bin[command])
}

/** Runs a package's command in the project's folder, showing what it prints; resolves to its exit code. */
export function tool(name: string, command: string, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [script(name, command), ...args], { cwd: root, stdio: 'inherit' })
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('exit', code => done(code ?? 1))
  })
}

export interface Check {
  readonly name: string
  readonly passed: boolean
}

/** Types, format and lint. */
export async function staticChecks(): Promise<Check[]> {
  const checks = [
    { name: 'types (tsc)', code: await tool('typescript-native', 'tsc', '-p', '.') },
    { name: 'format and lint (biome)', code: await tool('@biomejs/biome', 'biome', 'check') },
  ]
  return checks.map(({ name, code }) => ({ name, passed: code === 0 }))
}
