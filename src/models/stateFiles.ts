/** Where state encoders lie: in the folder of the model that they learned from, one for a scene and a camera. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CarrotError } from '../core/errors.ts'
import type { SceneSpec } from '../core/scene.ts'
import {
  decodeStateEncoder,
  encodeStateEncoder,
  type StateEncoder,
  type StateEncoderParts,
} from './stateEncoder.ts'

/** Behind the id of a model: what it sees is to be told from states, without pictures. */
const FROM_STATES = '+states'

/** 'carrot-mini+states' → 'carrot-mini', from states. */
export function sightOf(idOrFolder: string): { readonly model: string; readonly fromStates: boolean } {
  const fromStates = idOrFolder.endsWith(FROM_STATES)
  return { model: fromStates ? idOrFolder.slice(0, -FROM_STATES.length) : idOrFolder, fromStates }
}

/** The same for scenes that look the same. */
export const fingerprint = (scene: SceneSpec): string =>
  createHash('sha256').update(JSON.stringify(scene)).digest('hex').slice(0, 16)

const placeOf = (folder: string): string => join(folder, 'states')
const ENDING = '.safetensors'

/** Keeps it beside the model. Returns the file. */
export function saveStateEncoder(folder: string, parts: StateEncoderParts): string {
  const { env, camera } = parts.facts
  const file = join(placeOf(folder), `${env}-${camera}${ENDING}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, encodeStateEncoder(parts))
  return file
}

/** What was distilled from a model for what a camera of a scene sees. Throws CarrotError where nothing was. */
export function loadStateEncoder(folder: string, scene: SceneSpec, camera: string): StateEncoder {
  const place = placeOf(folder)
  const files = existsSync(place) ? readdirSync(place).filter(name => name.endsWith(ENDING)) : []
  const wanted = fingerprint(scene)
  for (const name of files.filter(name => name.endsWith(`-${camera}${ENDING}`))) {
    const encoder = decodeStateEncoder(readFileSync(join(place, name)), join(place, name))
    if (encoder.scene === wanted && encoder.camera === camera) return encoder
  }
  throw new CarrotError(
    'bad-file',
    `Nothing in ${place} tells what camera '${camera}' sees of this scene.`,
    'Make it with carrot models distil --env <env> --camera <camera> --model <model>, or let frames be rendered: leave +states out.',
  )
}
