/** `carrot train`: a robot learns, and can be watched while it does. */
import { type Command, InvalidArgumentError } from 'commander'
import type { TrainInput } from '../config.ts'
import { CarrotError, describeError } from '../core/errors.ts'
import type { TrainResult } from '../core/events.ts'
import type { RunServer } from '../server/server.ts'
import type { TrainSession } from '../train.ts'
import { type ExperimentOptions, isExperiment, runSweep } from './experiment.ts'
import { invocation } from './package.ts'
import { checkPort, preparePage, servePage } from './page.ts'
import { Progress, weightList } from './progress.ts'
import { describeResult } from './result.ts'
import {
  addSettings,
  collectText,
  givenFlags,
  type PageSettings,
  pageSettings,
  settings,
} from './settings.ts'
import { exitCode, type StopSignal, stopSignal } from './stop.ts'
import { clock } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface TrainOptions extends ExperimentOptions {
  readonly json?: boolean
  readonly config?: string
  readonly resume?: string
  readonly env?: string
  readonly mjcf?: string
}

export function addTrain(program: Command): void {
  const verb = addVerb(program, {
    usage: 'train [env]',
    about: 'train a robot, and serve a page that shows it learning',
    example: 'carrot train hopper --text "hop forward as fast as you can"',
  })
    .option('--env <env>', 'the environment: an id, a file of your own, or an MJCF file')
    .option('--mjcf <file>', 'a MuJoCo model as it is: its joints, bodies and sites are the signals')
    .option('--config <file>', 'settings from a YAML file; flags win over it')
    .option('--resume <run>', 'go on with a run that was stopped, bit-exactly')
    .option('--seeds <list>', 'train once for each seed and report, e.g. 1..5 or 1,2,7')
    .option(
      '--sweep <setting=values>',
      'train for each value and report, e.g. lr=1e-4,3e-4 or hidden=64x64,256x256; may be given several times',
      collectText,
    )
    .option('--port <n>', 'serve the page exactly here (default: 7777 or the next free port)', toPort)
    .option('--no-view', 'serve no page')
  addSettings(verb).action((env: string | undefined, options: TrainOptions) =>
    train(oneOf(env, options), options, verb),
  )
}

/** The environment, in whichever of three ways it was said. */
function oneOf(argument: string | undefined, { env, mjcf }: TrainOptions): string | undefined {
  const [first, second] = [argument, env, mjcf].filter(name => name !== undefined)
  if (second === undefined) return first
  throw new CarrotError(
    'bad-argument',
    `Two environments are named: ${first} and ${second}.`,
    'Name one: as the argument, with --env, or with --mjcf.',
  )
}

/** The settings of a new run. Throws CarrotError when one is to be resumed instead. */
async function newInput(
  env: string | undefined,
  { resume }: TrainOptions,
  verb: Command,
): Promise<TrainInput> {
  if (resume === undefined) return complete(settings(verb, env))
  throw new CarrotError(
    'bad-argument',
    'A run that is resumed has its seed and settings already.',
    'Leave out --seeds and --sweep, or --resume.',
  )
}

export function toPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new InvalidArgumentError('Give a number from 0 to 65535.')
  }
  return port
}

async function train(env: string | undefined, options: TrainOptions, verb: Command): Promise<void> {
  const out = voice(options)
  if (isExperiment(options)) return runSweep(await newInput(env, options, verb), options, out)
  const { port, view } = pageSettings(verb)
  if (port !== undefined && view) await checkPort(port)
  await follow(await prepare(env, options, verb, out), { port, view }, out)
}

/** Starts a run, shows it as it trains, and says what came of it. */
export async function follow(
  start: () => Promise<TrainSession>,
  { port, view }: PageSettings,
  out: Voice,
): Promise<void> {
  const page = view ? await pageOrNone(out) : undefined
  const session = await start()
  const progress = new Progress(out)
  // At once: training begins in the next turn of the event loop.
  session.events$.subscribe(event => progress.show(event))
  introduce(session, out)
  const signal = stopSignal()
  let stopped: StopSignal | undefined
  let ended = false
  signal.then(given => {
    stopped = given
    if (ended) return
    session.stop()
    progress.line('Stopping after this iteration, with a checkpoint. Once more stops at once.')
  })
  let server: RunServer | undefined
  try {
    if (page !== undefined) server = await servePage(session.source, page, port, out)
    const result = await session.done
    ended = true
    if (result === null) return interrupted(session, stopped, out)
    finished(session, result, out)
    if (server === undefined || stopped !== undefined || !out.terminal) return
    out.say(`The page stays at ${server.url} until Ctrl-C.`)
    await signal
  } catch (error) {
    progress.end()
    session.stop()
    await session.done.catch(() => undefined)
    out.say(await whatIsKept(session))
    throw error
  } finally {
    await server?.close()
  }
}

/** Training goes on without a page. */
async function pageOrNone(out: Voice): Promise<string | undefined> {
  try {
    return await preparePage(out)
  } catch (error) {
    out.warn(`There is no page to watch: ${describeError(error as Error)}`)
    return undefined
  }
}

/** Refuses what is wrong before a page is built for it; the returned function starts the run. */
async function prepare(
  env: string | undefined,
  { resume }: TrainOptions,
  verb: Command,
  out: Voice,
): Promise<() => Promise<TrainSession>> {
  const { resumeTraining, startPlanned } = await import('../train.ts')
  const { planNew, planResume } = await import('../plan.ts')
  if (resume === undefined) {
    const input = await newInput(env, { resume }, verb)
    const plan = await planNew(input, undefined, { onNote: out.say })
    return () => startPlanned(plan, { watch: true })
  }
  const extra = [...(env === undefined ? [] : [env]), ...givenFlags(verb)]
  if (extra.length > 0) {
    throw new CarrotError(
      'bad-argument',
      `A resumed run keeps its own settings, and ${extra.join(', ')} would change them.`,
      `Leave that out, or start a new run with: ${invocation()} train --config <run>/config.yaml ${extra[0]} …`,
    )
  }
  await planResume(resume)
  return () => resumeTraining(resume, { watch: true })
}

/** Finds the environment when only a program or a text was given. */
async function complete(given: Partial<TrainInput>): Promise<TrainInput> {
  const { env, reward, text } = given
  if (env !== undefined) return { ...given, env }
  const { loadProgram } = await import('../loadProgram.ts')
  const { envForText } = await import('../chooseProgram.ts')
  // What it says of itself would be heard by running it.
  if (reward !== undefined && given.untrusted) throw unsaid()
  if (reward !== undefined) {
    const { program } = await loadProgram(reward)
    if (program.env !== undefined) return { ...given, env: program.env }
  } else if (text !== undefined) return { ...given, env: envForText(text) }
  throw unsaid()
}

const unsaid = (): CarrotError =>
  new CarrotError(
    'bad-argument',
    'Which robot should be trained is not said.',
    `Name an environment, e.g. ${invocation()} train hopper; \`carrot list envs\` shows them all.`,
  )

function introduce({ source, folder, device, notes }: TrainSession, out: Voice): void {
  const { env, program, step, steps } = source.info()
  out.say(`Training ${env.id} on ${program.name} for ${steps - step} steps with ${device}.`)
  for (const note of notes) out.say(note)
  out.say(`Weights: ${weightList(program)}.`)
  out.say(`Everything is kept in ${folder}; Ctrl-C stops with a checkpoint.`)
  out.say(
    'Under each term: its weighted mean a step. Return, length and success: means of the last 100 episodes.',
  )
}

function finished({ run, source }: TrainSession, result: TrainResult, out: Voice): void {
  const { steps, seconds, stepsPerSecond } = result
  out.say(
    `\n${steps} steps in ${clock(seconds)} (${stepsPerSecond.toFixed(0)} steps/s), ${source.episodes().length} episodes recorded.`,
  )
  out.say(describeResult(result))
  out.say(`See it again: ${invocation()} watch ${run}`)
  out.result(result)
}

function interrupted({ run, source }: TrainSession, signal: StopSignal | undefined, out: Voice): void {
  const { step } = source.info()
  out.say(`Stopped at step ${step}. Go on with: ${resumeLine(run)}`)
  out.result({ run, steps: step, resume: resumeLine(run) })
  process.exitCode = signal === undefined ? 0 : exitCode(signal)
}

const resumeLine = (run: string): string => `${invocation()} train --resume ${run}`

async function whatIsKept({ run, folder }: TrainSession): Promise<string> {
  const { openRun } = await import('../store/index.ts')
  const last = openRun(folder).checkpointSteps().at(-1)
  return last === undefined
    ? `What was recorded is kept in ${folder}; there is no checkpoint to go on from yet.`
    : `What was recorded is kept in ${folder}; go on from its checkpoint at step ${last} with: ${resumeLine(run)}`
}
