/** The embedded network before it has learned anything: what a reward from pictures is worth by chance. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rng, STREAM } from '../core/rng.ts'
import { writeModel } from '../models/files.ts'
import { initialise } from '../models/network.ts'
import { tokenizerOfAll, towersFor } from '../models/training.ts'

/** Writes it into `folder`, by default a new temporary one; returns the folder. The same for the same seed. */
export function untrainedModel(seed = 1, folder = mkdtempSync(join(tmpdir(), 'carrot-untrained-'))): string {
  const tokenizer = tokenizerOfAll()
  const net = towersFor(tokenizer)
  writeModel(folder, { net, tokenizer, params: initialise(net, new Rng(seed, STREAM.init)), steps: 0 })
  return folder
}
