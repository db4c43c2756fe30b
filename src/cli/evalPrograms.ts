/** `carrot eval programs`: what the library's programs teach, beside the rewards of experts. */
import type { Command } from 'commander'
import { parseSeeds } from '../search/grid.ts'
import { toCount } from './numbers.ts'
import { inCheckout } from './package.ts'
import { Progress } from './progress.ts'
import { exitCode, haltOnSignal } from './stop.ts'
import { percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface ProgramsOptions {
  readonly json?: boolean
  readonly task?: readonly string[]
  readonly seeds: string
  readonly steps?: number
  readonly workers?: number
  readonly out: string
}

export function addEvalPrograms(verb: Command): void {
  addVerb(verb, {
    usage: 'programs',
    about:
      "train with the library's programs and with the rewards of experts, and compare; goes on where it was stopped",
    example: 'carrot eval programs --task button-press,window-open --steps 300000',
  })
    .option('--task <names>', 'programs of the library, separated by commas (default: all 23)', names)
    .option('--seeds <list>', 'e.g. 1..5 or 1,2,7', '1')
    .option('--steps <n>', "environment steps of each training (default: each task's own)", toCount)
    .option('--workers <n>', 'worker threads', toCount)
    .option(
      '--out <folder>',
      'where programs.csv and programs.md are kept',
      inCheckout ? 'bench/results' : '.',
    )
    .action((_: object, command: Command) => study(command.optsWithGlobals()))
}

const names = (text: string): string[] => text.split(',').map(name => name.trim())

async function study({
  task,
  seeds,
  steps,
  workers,
  out: folder,
  ...options
}: ProgramsOptions): Promise<void> {
  const out = voice(options)
  const { compare } = await import('../search/programComparison.ts')
  const { studyPrograms } = await import('../search/programStudy.ts')
  const halt = haltOnSignal(() =>
    out.say('Stopping after this iteration, with a checkpoint. Once more stops at once.'),
  )
  let progress: Progress | undefined
  const results = await studyPrograms(
    { tasks: task, seeds: parseSeeds(seeds), steps, workers, folder },
    {
      onStart: ({ index, count, trial, run }) => {
        progress?.end()
        out.say(
          `\n${index + 1} of ${count}: ${trial.task.program}, ${trial.kind}, seed ${trial.seed} (${run})`,
        )
        progress = new Progress(out)
      },
      onEvent: event => progress?.show(event),
      onResult: ({ task, kind, success }) => {
        progress?.end()
        out.say(`${task}, ${kind}: ${percent(success)} of 100 episodes succeed.`)
      },
    },
    halt.signal,
  )
  show(compare(results), folder, out)
  if (halt.stopped !== undefined) process.exitCode = exitCode(halt.stopped)
  // The signal is still waited for.
  else process.exit(process.exitCode ?? 0)
}

type Comparisons = ReturnType<typeof import('../search/programComparison.ts').compare>

function show(comparisons: Comparisons, folder: string, out: Voice): void {
  const steps = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : String(value)
  const rows = comparisons.map(({ task, steps: trained, library, rival, verdict }) => [
    task.program,
    String(trained),
    percent(library.success),
    steps(library.stepsToLearned),
    task.rival,
    percent(rival?.success),
    steps(rival?.stepsToLearned),
    verdict,
  ])
  if (rows.length > 0) {
    const header = [
      'program',
      'steps',
      'success',
      '80 % at',
      'beside',
      'success',
      '80 % at',
      'the program is',
    ]
    out.say(`\n${table(header, rows)}`)
  }
  out.say(`Everything: ${folder}/programs.csv and programs.md`)
  out.result({
    folder,
    comparisons: comparisons.map(({ task, steps, seeds, library, rival = null, verdict }) => ({
      program: task.program,
      env: task.env,
      steps,
      seeds: [...seeds],
      library,
      beside: task.rival,
      rival,
      verdict,
      flagged: verdict === 'worse' || verdict === 'slower',
    })),
  })
}
