#!/usr/bin/env node
/**
 * The command that npm installs. Plain JavaScript that any Node from 14.14 on understands: its one task is to find a Node
 * and a main file that fit each other. A checkout runs its TypeScript sources, a package its compiled ones.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Since 22.18 Node runs TypeScript without a flag. */
const MAJOR = 22
const MINOR = 18

const here = dirname(fileURLToPath(import.meta.url))
const source = join(here, 'main.ts')
const inCheckout = existsSync(source)
const main = inCheckout ? source : join(here, '../../dist/src/cli/main.js')

const [major, minor] = process.versions.node.split('.').map(Number)
const isNewEnough = major > MAJOR || (major === MAJOR && minor >= MINOR)
const node = isNewEnough ? process.execPath : broughtNode()

if (node === undefined) {
  process.stderr.write(
    `carrot needs Node ${MAJOR}.${MINOR} or newer; this is Node ${process.versions.node}, and the Node 26 that carrot ` +
      'brings along as an optional dependency is not installed. Install it with npm install (without ' +
      '--omit=optional), or install a newer Node from https://nodejs.org.\n',
  )
  process.exit(1)
} else {
  const options = inCheckout ? ['--conditions=carrot-source'] : []
  run(node, ['--disable-warning=ExperimentalWarning', ...options, main, ...process.argv.slice(2)])
}

/** The Node among our optional dependencies, if npm installed the one for this machine. */
function broughtNode() {
  const name = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
  const folders = createRequire(import.meta.url).resolve.paths('carrot-rl') || []
  return folders
    .flatMap(folder => [`node-${name}`, `node-bin-${name}`].map(pack => join(folder, pack, file)))
    .find(path => existsSync(path))
}

/** Becomes that process where the system can do so; elsewhere starts it, and passes signals on and its end back. */
function run(file, args) {
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.execve(file, [file, ...args], process.env)
  }
  const child = spawn(file, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', error => {
    process.stderr.write(
      `${file} cannot be started: ${error.message}. Remove node_modules and run npm ci again.\n`,
    )
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
