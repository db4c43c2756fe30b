/** Runs the command as a user does: through its launcher, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'
import type { z } from 'zod'
import { failureOutput } from '../../src/protocol/cli.ts'

export const launcher = fileURLToPath(new URL('../../src/cli/carrot.js', import.meta.url))

/** A folder for one test file; runs are kept in it. */
export const folder = mkdtempSync(join(tmpdir(), 'carrot-cli-'))
const started = new Set<ChildProcess>()
afterAll(() => {
  // Those of a test that failed on the way.
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with what was printed once it matches; rejects when the command ends before. */
  until(pattern: RegExp): Promise<string>
}

/** Starts `carrot` with these arguments in `folder`. */
export const start = (...args: string[]): Running => startNode([launcher, ...args])

export function startNode(args: readonly string[], file: string = process.execPath): Running {
  const env = { ...process.env, CARROT_RUNS: join(folder, 'runs'), NO_COLOR: '1' }
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  started.add(child)
  child.on('exit', () => started.delete(child))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stdout + stderr)) resolve(stdout + stderr)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      look()
      ended.then(({ code }) =>
        reject(new Error(`It ended with ${code} before ${pattern}:\n${stdout}${stderr}`)),
      )
    })
  return { child, ended, until }
}

/** Runs `carrot` to its end. */
export const carrot = (...args: string[]): Promise<Ended> => start(...args).ended

/** Runs a verb with --json that must succeed; its standard output is one object of that schema, and nothing else. */
export async function json<Schema extends z.ZodType>(
  schema: Schema,
  ...args: string[]
): Promise<z.infer<Schema>> {
  const { code, stdout, stderr } = await carrot(...args, '--json')
  expect(code, stderr).toBe(0)
  return parse(schema, stdout)
}

export function parse<Schema extends z.ZodType>(schema: Schema, stdout: string): z.infer<Schema> {
  expect(stdout).toMatch(/^\{.*\}\n$/)
  return schema.parse(JSON.parse(stdout))
}

/** Runs a command that its user got wrong: exit code 1 and one paragraph, which is returned. */
export async function complaint(...args: string[]): Promise<string> {
  return complaintOf(await carrot(...args))
}

export function complaintOf({ code, stderr }: Ended): string {
  expect(code, stderr).toBe(1)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  // What happened, and what to do about it.
  expect(stderr).toMatch(/^\S.*[.?!] \S.*\n$/)
  return stderr
}

/** The same under --json: the object that programs get. */
export async function failure(...args: string[]): Promise<z.infer<typeof failureOutput>['error']> {
  const { code, stdout } = await carrot(...args, '--json')
  expect(code).toBe(1)
  return parse(failureOutput, stdout).error
}

/** Flags of a run that takes a second. */
export const small = [
  ...['--steps', '2048', '--envs', '4', '--eval-episodes', '2', '--seed', '3', '--record-every', '200'],
  ...['--batch', '512', '--epochs', '2', '--minibatches', '4', '--hidden', '16', '--no-view'],
]
