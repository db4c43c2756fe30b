/** From a text to a program that pays how much the frames look like it: `--via vlm`. */
import { matchText, programs, vlm } from '../../rewards/index.ts'
import type { TrainConfig } from '../config.ts'
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { EMBEDDED_MODEL, textsName } from '../core/vision.ts'
import { envFacts } from '../envFacts.ts'
import { loadEnv } from '../loadEnv.ts'
import { loadText } from '../loadProgram.ts'
import { calibrate } from './calibrate.ts'
import { cameraFor, Looker } from './looker.ts'

export interface TextProgram {
  readonly loaded: LoadedProgram
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
}

/** Made once for equal configurations: it takes a look at the environment. */
const made = new Map<string, Promise<TextProgram>>()

/** Throws CarrotError where the model is missing, or cannot tell text and baseline apart. */
export function visionProgram(config: TrainConfig, env: EnvDefinition): Promise<TextProgram> {
  const { text, vlm: asked, renderer, envOptions, wrap } = config
  const key = JSON.stringify([env.spec.id, text, asked, renderer, envOptions, wrap])
  let program = made.get(key)
  if (program === undefined) {
    program = makeProgram(config, env)
    made.set(key, program)
    program.catch(() => made.delete(key))
  }
  return program
}

async function makeProgram(
  { text = '', vlm: asked, renderer }: TrainConfig,
  env: EnvDefinition,
): Promise<TextProgram> {
  const { scene } = await envFacts(env)
  const { model = EMBEDDED_MODEL, baseline, alpha, every, policy } = asked
  const camera = camerasOf(asked.camera)
  await using looker = await Looker.open(scene, model, 1, renderer)
  const options = { weight: 1, prompt: text, baseline, alpha, camera, every, policy, model: asked.model }
  const { vision } = vlm(options)
  const { mean, std } = await calibrate(env, vision, looker)
  const normalise = { mean: rounded(mean), std: rounded(std) }
  // No file: nobody edits it while it runs.
  const { file: _, ...loaded } = await loadText(
    `${nameOf(text)}.ts`,
    sourceOf(env.spec.id, text, { ...options, normalise }),
  )
  const through = vision.cameras.map(name => `'${cameraFor(scene, name)}'`).join(' and ')
  const over =
    vision.baselines.length === 0
      ? 'no baseline'
      : `the baseline "${textsName(vision.baselines)}" (alpha ${vision.dials.alpha})`
  return {
    loaded,
    notes: [
      `${looker.model.id} looks through camera ${through} every ${vision.every} steps and pays how much the picture is like "${text}", over ${over}.`,
      `At random play that is ${normalise.mean} ± ${normalise.std}; it is paid in these units.`,
      ...strangers(looker, [...vision.prompts, ...vision.baselines]),
    ],
  }
}

/** On the command line, several are separated by commas. */
function camerasOf(camera: TrainConfig['vlm']['camera']): string | readonly string[] | undefined {
  const names = typeof camera === 'string' ? camera.split(',') : camera
  return names?.length === 1 ? names[0] : names
}

/** Words that the model was not made for, with those it was. */
function strangers(looker: Looker, texts: readonly string[]): string[] {
  const unknown = [...new Set(texts.flatMap(text => looker.unknownWords(text)))]
  const { lexicon = [], id } = looker.model
  if (unknown.length === 0) return []
  const known = lexicon.filter(word => /\p{L}/u.test(word)).sort()
  const words = unknown.length === 1 ? 'word' : 'words'
  return [
    `WARNING: ${id} was not made for the ${words} ${unknown.join(', ')}, and what it sees in them means nothing. It knows: ${known.join(', ')}.`,
  ]
}

/** Four digits are more than the play it is measured on says. */
const rounded = (x: number): number => Number(x.toPrecision(4))

const nameOf = (text: string): string => {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? ['picture']
  return `see-${words.slice(0, 8).join('-')}`
}

/** As a person would write it, and can take over from the run's folder. */
function sourceOf(env: string, text: string, options: object): string {
  const lines = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `      ${key}: ${written(value)},`)
  return [
    "import { defineReward, vlm } from 'carrot-rl'",
    '',
    'export default defineReward({',
    `  name: '${nameOf(text)}',`,
    `  env: ${written(env)},`,
    `  about: ${written(text)},`,
    '  reads: {},',
    '  terms: {',
    '    picture: vlm({',
    ...lines,
    '    }),',
    '  },',
    '})',
    '',
  ].join('\n')
}

const written = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
    : JSON.stringify(value)

export interface JudgedConfig {
  readonly config: TrainConfig
  readonly env: EnvDefinition
  readonly notes: readonly string[]
}

/**
 * The environment with the success criterion that the text is about, where its options offer several: pictures pay, and
 * the physics judges. Options that were given stay.
 */
export async function judgedByText(config: TrainConfig): Promise<JudgedConfig> {
  const env = await loadEnv(config)
  const { text = '' } = config
  const { success, id } = env.spec
  if (success === null)
    return { config, env, notes: [`${id} has no success criterion, so nothing judges the policy.`] }
  const program = nearestGoal(text, id)
  const goal = program === undefined ? undefined : optionFor(env, program)
  if (goal === undefined || goal.option in config.envOptions) {
    return {
      config,
      env,
      notes: [`Success is judged by '${success.signal}', which the policy is not paid for.`],
    }
  }
  const envOptions = { ...config.envOptions, [goal.option]: goal.choice }
  const configured = await loadEnv({ ...config, envOptions })
  const judge = configured.spec.success?.signal
  return {
    config: { ...config, envOptions },
    env: configured,
    notes: [
      `Success is judged by '${judge}' (--env-option ${goal.option}=${goal.choice}), the nearest goal to the text; the policy is not paid for it.`,
    ],
  }
}

/** Below this a text is about something else, even where it is about nothing nearer. */
const LEAST_LIKE = 0.3
/** A text that is not near enough to be taught by a program may still be plainly about its goal, and no other. */
const CLEARLY = 2

/** The built-in program whose goal the text is about. */
function nearestGoal(text: string, env: string): string | undefined {
  const match = matchText(text, programs, env)
  if (!match.refused) return match.program.name
  const [best, next] = match.runnersUp
  const isPlain =
    best !== undefined &&
    best.similarity >= LEAST_LIKE &&
    best.similarity >= CLEARLY * (next?.similarity ?? 0)
  return isPlain ? best.program.name : undefined
}

/** The option under which a program is the environment's own. */
function optionFor(env: EnvDefinition, program: string): { option: string; choice: string } | undefined {
  for (const [option, { choices = [] }] of Object.entries(env.options)) {
    for (const choice of choices) {
      try {
        if (env.configure({ [option]: choice }).spec.defaultReward === program) return { option, choice }
      } catch (error) {
        if (!(error instanceof CarrotError)) throw error
      }
    }
  }
  return undefined
}
