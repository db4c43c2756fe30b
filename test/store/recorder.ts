/** Records without end, for a test that kills it: `node recorder.ts <root> <name>` says '<episode> <checkpoint>' for what is safe. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRun, openRun, resumeRun } from '../../src/store/index.ts'
import { episode, episodeEvent, metrics, newRun, start, summary } from './fixture.ts'

const [root, name] = process.argv.slice(2)
const old = existsSync(join(root, name)) ? openRun(name, root) : undefined
const from = old?.latestCheckpoint()?.step ?? 0
const store = old === undefined ? createRun({ ...newRun(root), name }) : resumeRun(name, { root })
store.event(start(from))
for (let step = from + 1; ; step++) {
  store.event(metrics(step))
  const long = { ...summary(`e${step}`, step), length: 2000 }
  const recorded = store.episode(episode(long)).then(() => store.event(episodeEvent(long)))
  const tensors = { policy: new Float32Array(50_000).fill(step) }
  const saved = store.checkpoint(step, tensors, { step }, { policy: new Uint8Array(1000) })
  await Promise.all([recorded, saved])
  process.stdout.write(`${long.id} ${step}\n`)
}
