/** Records until there is no space, and tells what it was told: `node filler.ts <root>`, with small files only allowed. */
import { CarrotError } from '../../src/core/errors.ts'
import { createRun } from '../../src/store/index.ts'
import { episode, episodeEvent, metrics, newRun, summary } from './fixture.ts'

const told = (error: unknown) => {
  if (!(error instanceof CarrotError)) throw error
  return { code: error.code, message: error.message, hint: error.hint }
}

const store = createRun({ ...newRun(process.argv[2]), name: 'full' })
const small = summary('small', 1)
await store.episode(episode(small))
store.event(episodeEvent(small))
await store.checkpoint(1, { policy: Float32Array.of(1) }, {})

const said: Record<string, unknown> = {}
await store.episode(episode({ ...summary('big', 2), length: 5000 })).catch(error => {
  said.episode = told(error)
})
await store.checkpoint(2, { policy: new Float32Array(100_000) }, {}).catch(error => {
  said.checkpoint = told(error)
})
let logged = 0
for (; said.log === undefined; logged++) {
  try {
    store.event(metrics(logged))
  } catch (error) {
    said.log = told(error)
  }
}
await store.close().catch(error => {
  said.close = told(error)
})
console.log(JSON.stringify({ ...said, logged: logged - 1 }))
