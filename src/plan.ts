/** What is to be run, checked before anything starts: anew from a configuration, or from a run's last checkpoint. */
import { type CheckpointInfo, parseCheckpointInfo, type Tensors } from './checkpoint.ts'
import { type ChoiceProgress, chooseProgram } from './chooseProgram.ts'
import { parseConfig, type TrainConfig, type TrainInput } from './config.ts'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import type { Answer } from './llm/answers.ts'
import type { Tried } from './llm/improve.ts'
import { absoluteEnv, loadEnv } from './loadEnv.ts'
import { loadProgram } from './loadProgram.ts'
import { isStoredUntrusted, loadStored } from './loadUntrusted.ts'
import { openRun, type StoredRun } from './store/index.ts'
import { judgedByText, visionProgram } from './vision/textProgram.ts'

export interface Plan {
  readonly config: TrainConfig
  readonly env: EnvDefinition
  readonly loaded: LoadedProgram
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
  readonly root?: string
  readonly resumed?: Resumed
  /** Of the language model that wrote the program. */
  readonly answers?: readonly Answer[]
  /** Programs before this one, and what was said of them. */
  readonly history?: readonly Tried[]
}

export interface Resumed {
  readonly run: StoredRun
  readonly info: CheckpointInfo
  readonly tensors: Tensors
}

/** Throws CarrotError for a wrong setting, environment, program or text. */
export async function planNew(
  input: TrainInput,
  root?: string,
  progress: ChoiceProgress = {},
): Promise<Plan> {
  const parsed = parseConfig(input)
  const given = { ...parsed, env: absoluteEnv(parsed.env) }
  if (given.via === 'vlm' && given.reward === undefined) return planVision(given, root)
  const asked = await loadEnv(given)
  const { loaded, notes, answers } = await chooseProgram(given, asked, { ...progress, root })
  // A program that was written for this run is found in its folder.
  const reward = answers === undefined ? (loaded.file ?? loaded.program.name) : undefined
  const { envOptions, told } = optionsFor(loaded.program, asked.spec, given.envOptions)
  const config = { ...given, envOptions, reward }
  return { config, env: await loadEnv(config), loaded, notes: [...notes, ...told], root, answers }
}

/** The options of the environment that a program asks for, below those that were given; `told` says which they are. */
function optionsFor(
  { name, env, envOptions: asked = {} }: RewardProgram,
  { id }: EnvSpec,
  given: TrainConfig['envOptions'],
): { readonly envOptions: TrainConfig['envOptions']; readonly told: readonly string[] } {
  const own = env === id ? Object.entries(asked).filter(([option]) => !(option in given)) : []
  const told = own.map(([option, value]) => `${name} sets the option ${option} of ${id} to ${value}.`)
  return { envOptions: { ...Object.fromEntries(own), ...given }, told }
}

/** Of a program that is there already, whatever the settings say of where to find one. */
export async function planProgram(
  input: TrainInput,
  loaded: LoadedProgram,
  root?: string,
  notes: readonly string[] = [],
): Promise<Plan> {
  const parsed = parseConfig({ ...input, reward: undefined })
  const given = { ...parsed, env: absoluteEnv(parsed.env) }
  const asked = await loadEnv(given)
  const { envOptions, told } = optionsFor(loaded.program, asked.spec, given.envOptions)
  const config = { ...given, envOptions }
  return { config, env: await loadEnv(config), loaded, notes: [...notes, ...told], root }
}

/** Of a run that is paid for what its frames look like. The program is made anew from the configuration, the same each time. */
async function planVision(given: TrainConfig, root?: string): Promise<Plan> {
  const { config, env, notes: judged } = await judgedByText(given)
  const { loaded, notes } = await visionProgram(config, env)
  return { config, env, loaded, notes: [...notes, ...judged], root }
}

/** Throws CarrotError 'bad-run' when there is nothing to continue from. */
export async function planResume(name: string, root?: string): Promise<Plan> {
  const run = openRun(name, root)
  const checkpoint = run.latestCheckpoint()
  if (checkpoint === undefined) {
    throw new CarrotError(
      'bad-run',
      `Run '${run.name}' has no checkpoint yet, so there is nothing to continue from.`,
      `Start it again: carrot train --config ${run.folder}/config.yaml`,
    )
  }
  const info = parseCheckpointInfo(checkpoint.metadata, run.name)
  const tensors = checkpoint.tensors as Tensors
  return { ...(await planStored(run, info)), notes: [], root, resumed: { run, info, tensors } }
}

/** What a stored run is of, as at a checkpoint. Throws CarrotError 'bad-run' when the environment has changed since. */
export async function planStored(
  run: StoredRun,
  info: CheckpointInfo,
): Promise<Pick<Plan, 'config' | 'env' | 'loaded'>> {
  const config = parseConfig(run.config)
  const env = await loadEnv(config)
  if (info.env.version !== env.spec.version) {
    throw new CarrotError(
      'bad-run',
      `Run '${run.name}' was made with version ${info.env.version} of '${env.spec.id}'; this is version ${env.spec.version}.`,
      'Continue it with the version of carrot that made it, or train anew.',
    )
  }
  return { config, env, loaded: await programOf(run, info, config, env.spec) }
}

/** The very program of the checkpoint: where it was loaded from if it is unchanged there, else the run's copy. */
async function programOf(
  run: StoredRun,
  info: CheckpointInfo,
  config: TrainConfig,
  spec: EnvSpec,
): Promise<LoadedProgram> {
  const { hash } = info.program
  // What nobody vouches for stays in its sandbox, as the run has kept it.
  if (isStoredUntrusted(run, hash)) return loadStored(run, spec, hash)
  if (config.reward !== undefined) {
    const original = await loadProgram(config.reward).catch(() => undefined)
    if (original?.hash === hash) return original
  }
  // Of a program in one file, what was written is the very program; else the module that holds all of it is as good.
  const source = run.programSource(hash)
  const own = source === undefined ? undefined : await loadProgram(source).catch(() => undefined)
  return own?.hash === hash ? own : loadProgram(run.programFile(hash))
}
