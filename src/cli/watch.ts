/** `carrot watch`: the page of a run that was recorded, or is being recorded by another process. */
import type { Command } from 'commander'
import { CarrotError } from '../core/errors.ts'
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
    .option('--port <n>', 'serve the page exactly here (default: 7777 or the next free port)', toPort)
    .action(async (name: string | undefined, options) => {
      const out = voice(options)
      const { openRun } = await import('../store/index.ts')
      const run = openRun(name ?? (await newestRun()))
      if (options.port !== undefined) await checkPort(options.port)
      const page = await preparePage(out)
      const { storedRunSource } = await import('../server/storedSource.ts')
      const { step, steps } = run.progress()
      out.say(
        `${run.name}: ${run.header.env.id} on ${run.program.name}, ${step} of ${steps} steps, ${run.episodes().length} episodes.`,
      )
      const stop = stopSignal()
      await using server = await servePage(storedRunSource(run), page, options.port, out)
      out.say('Ctrl-C ends it.')
      out.result({ run: run.name, url: server.url })
      await stop
    })
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
