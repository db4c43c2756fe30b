/**
 * Settings kept for an environment and an algorithm, in `envs/<domain>/presets.yaml`: environment id → algorithm →
 * settings of the run, with those of the algorithm below `settings`. In place of an algorithm, `vlm` has those for rewards
 * from pictures.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface Preset {
  /** Settings of the algorithm's block. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Settings of the run. */
  readonly [name: string]: unknown
}

const folder = new URL('../envs/', import.meta.url)

let known: ReadonlyMap<string, Readonly<Record<string, Preset>>> | undefined

/** All presets by environment id. */
export function presets(): ReadonlyMap<string, Readonly<Record<string, Preset>>> {
  known ??= new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('presets.yaml'))
      .sort()
      .flatMap(file =>
        Object.entries(parse(readFileSync(new URL(file.replaceAll('\\', '/'), folder), 'utf8'))),
      ),
  ) as ReadonlyMap<string, Readonly<Record<string, Preset>>>
  return known
}

/** Nothing where none is kept. */
export const presetOf = (env: string, algorithm: string): Preset => presets().get(env)?.[algorithm] ?? {}
