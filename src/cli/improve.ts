/** `carrot improve`: say what is wrong with what a robot has learned, and train on the program that a language model makes of it. */
import type { Command } from 'commander'
import type { TrainInput } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import { modelNamed } from '../llm/endpoint.ts'
import { invocation } from './package.ts'
import { addSettings, settings } from './settings.ts'
import { follow, toPort } from './train.ts'
import { addVerb } from './verb.ts'
import { voice } from './voice.ts'

interface ImproveOptions {
  readonly json?: boolean
  readonly feedback: string
  readonly port?: number
  readonly view: boolean
}

export function addImprove(program: Command): void {
  const verb = addVerb(program, {
    usage: 'improve <run>',
    about:
      'say what is wrong with what a robot learned; a language model writes the next program, and training begins',
    example: 'carrot improve hopper-forward-s1-20260101-120000 --feedback "it falls over" --llm ollama/qwen3',
  })
    .requiredOption('--feedback <text>', 'what you saw, and what should be otherwise')
    .option('--port <n>', 'serve the page exactly here (default: 7777 or the next free port)', toPort)
    .option('--no-view', 'serve no page')
  addSettings(verb).action((run: string, options: ImproveOptions) => improveRun(run, options, verb))
}

async function improveRun(name: string, options: ImproveOptions, verb: Command): Promise<void> {
  const out = voice(options)
  const { openRun } = await import('../store/index.ts')
  const { improve } = await import('../llm/improve.ts')
  const { planProgram } = await import('../plan.ts')
  const { startPlanned } = await import('../train.ts')
  const run = openRun(name)
  const input = withModel(settings(verb, undefined, run.config as TrainInput) as TrainInput)
  const { loaded, notes, diff, answers, history } = await improve(run, options.feedback, input, {
    onNote: out.say,
  })
  out.say(diff === '' ? 'It is the same program again.' : `\n${diff}\n`)
  const plan = { ...(await planProgram(input, loaded, undefined, notes)), answers, history }
  await follow(() => startPlanned(plan), options, out)
}

/** Throws CarrotError where no model is named. */
function withModel(input: TrainInput): TrainInput & { readonly llm: string } {
  const llm = modelNamed(input.llm)
  if (llm !== undefined) return { ...input, llm, via: 'llm' }
  throw new CarrotError(
    'bad-argument',
    'Which language model should write the next program is not said.',
    `Name one: ${invocation()} improve <run> --feedback "…" --llm ollama/qwen3; or edit the program yourself and train with --reward <file.ts>.`,
  )
}
