/** The page of a run. */
import type { RunInfo } from '../src/protocol/messages.ts'

const info = (await (await fetch('/api/run')).json()) as RunInfo
document.body.textContent = `${info.run}: ${info.env.id} on ${info.program.name}, ${info.step} of ${info.steps} steps`
