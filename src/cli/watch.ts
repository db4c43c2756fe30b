/** `carrot watch`: the page of a run that was recorded, or is being recorded by another process. */
import type { Command } from 'commander'
import { CarrotError } from '../core/errors.ts'
import type { RunSource } from '../server/source.ts'
import { invocation } from './package.ts'
import { checkPort, preparePage, servePage } from './page.ts'
import { stopSignal } from './stop.ts'
import { toPort } from './train.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

export function addWatch(program: Command): void {
  addVerb(program, {
    usage: 'watch [run]',
    about: 'serve the page of a run, by default of the newest, until Ctrl-C',
    example: 'carrot watch',
  })
    .option('--state <file>', 'a state from which a simulation diverged, of the faults/ folder of a run')
    .option('--reward <reward>', 'with --state: the reward program to show it by')
    .option('--port <n>', 'serve the page exactly here (default: 7777 or the next free port)', toPort)
    .action(async (name: string | undefined, options) => {
      const out = voice(options)
      const shown =
        options.state === undefined ? await runShown(name) : await stateShown(options.state, options.reward)
      if (options.port !== undefined) await checkPort(options.port)
      const page = await preparePage(out)
      for (const line of shown.lines) out.say(line)
      const stop = stopSignal()
      await using server = await servePage(shown.source, page, options.port, out)
      out.say('Ctrl-C ends it.')
      out.result({ run: shown.source.info().run, url: server.url })
      await stop
    })
}

/** What is served, and what is said of it. */
interface Shown {
  readonly source: RunSource
  readonly lines: readonly string[]
}

async function runShown(name: string | undefined): Promise<Shown> {
  const { openRun } = await import('../store/index.ts')
  const { storedRunSource } = await import('../server/storedSource.ts')
  const run = openRun(name ?? (await newestRun()))
  const { step, steps } = run.progress()
  const episodes = run.episodes().length
  const line = `${run.name}: ${run.header.env.id} on ${run.program.name}, ${step} of ${steps} steps, ${episodes} episodes.`
  return { source: storedRunSource(run), lines: [line] }
}

async function stateShown(file: string, reward: string | undefined): Promise<Shown> {
  const { openFault } = await import('../faults.ts')
  return openFault(file, reward)
}

async function newestRun(): Promise<string> {
  const { listRuns, runsRoot } = await import('../store/index.ts')
  const newest = listRuns().at(-1)
  if (newest !== undefined) return newest.folder
  throw new CarrotError(
    'bad-run',
    `There are no runs in ${runsRoot()}.`,
    `Make one with ${invocation()} train hopper, or set CARROT_RUNS to where they are.`,
  )
}
