/** What page.test.ts runs in a browser. */
import { rescoringCopy } from '../../src/core/episode.ts'
import type { EnvSpec } from '../../src/core/spec.ts'
import { madeUpColumns } from '../../src/sandbox/madeUpColumns.ts'
import type { Refusal } from '../../src/sandbox/refusal.ts'
import { SandboxedProgram } from '../../src/sandbox/sandboxedProgram.ts'
import { startPageWorker } from '../../src/sandbox/startPageWorker.ts'

export interface PageOutcome {
  readonly refused?: string
  readonly failures?: readonly string[]
  readonly terms?: readonly number[]
  readonly reward?: readonly number[]
}

declare global {
  interface Window {
    runSandbox(module: string, spec: EnvSpec, timeout: number): Promise<PageOutcome>
  }
}

window.runSandbox = async (module, spec, timeout) => {
  const columns = rescoringCopy(madeUpColumns(spec))
  const options = { rows: columns.N, gamma: 0.9, loadTimeout: 30_000, timeout }
  try {
    await using sandbox = await SandboxedProgram.open(module, spec, options, startPageWorker('/worker.js'))
    const failures = await sandbox.score(columns)
    return {
      failures: failures.map(({ term }) => term),
      terms: [...columns.terms],
      reward: [...columns.reward],
    }
  } catch (error) {
    return { refused: (error as Refusal).kind ?? (error as Error).message }
  }
}
