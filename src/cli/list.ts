/** `carrot list`: what there is to train, to train on, and what was trained. */
import { Argument, type Command } from 'commander'
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { type DescriptorSpec, describeField, type Fields, fieldWidth } from '../core/spec.ts'
import { describeOver } from '../core/success.ts'
import { clock, figure, percent, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

const LISTS: Readonly<Record<string, (voice: Voice, id?: string) => Promise<void>>> = {
  envs: listEnvs,
  rewards: listRewards,
  runs: listRuns,
  searches: listSearches,
}

export function addList(program: Command): void {
  addVerb(program, {
    usage: 'list',
    about: 'list environments (with one named, all about it), built-in reward programs, runs, or searches',
    example: 'carrot list envs hopper',
  })
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(LISTS)))
    .argument('[env]', 'with envs: the environment to tell all about')
    .option('--abstraction', 'with envs <env>: what reward programs for it are written and checked against')
    .action((what: string, env: string | undefined, { abstraction, ...options }) =>
      abstraction ? showAbstraction(voice(options), what, env) : LISTS[what](voice(options), env),
    )
}

/** Of any environment that can be trained on: a model of the user's own too. */
async function showAbstraction({ say, result }: Voice, what: string, env?: string): Promise<void> {
  if (what !== 'envs' || env === undefined) {
    throw new CarrotError(
      'bad-argument',
      '--abstraction is of one environment.',
      'Name it: carrot list envs hopper --abstraction, or carrot list envs scene.xml --abstraction.',
    )
  }
  const { describeEnv } = await import('../abstraction.ts')
  const { loadEnv } = await import('../loadEnv.ts')
  const abstraction = await describeEnv(await loadEnv({ env }))
  say(abstraction.trimEnd())
  result({ env, abstraction })
}

const fieldList = (fields: Fields) =>
  Object.entries(fields).map(([name, { shape, unit, frame, about }]) => ({ name, shape, unit, frame, about }))
const width = (fields: Fields): number =>
  Object.values(fields).reduce((sum, field) => sum + fieldWidth(field), 0)

async function listEnvs(voice: Voice, id?: string): Promise<void> {
  const { envById, envs } = await import('../../envs/index.ts')
  const listed = id === undefined ? envs : [envById(id)]
  const row = ({ spec: { id, obs, action, maxSteps, dt, about } }: EnvDefinition) => [
    id,
    `${width(obs)} · ${action.names.length}`,
    clock(maxSteps * dt),
    about,
  ]
  voice.say(
    id === undefined
      ? `${table(['env', 'obs · act', 'time', 'about'], listed.map(row))}\n\nAll about one: carrot list envs <env>. Your own: carrot train ./my-env.ts, or carrot train scene.xml.`
      : await envText(listed[0]),
  )
  voice.result({
    envs: listed.map(({ spec, options, expert }) => ({
      id: spec.id,
      version: spec.version,
      about: spec.about,
      obs: fieldList(spec.obs),
      action: spec.action,
      signals: fieldList(spec.signals),
      dt: spec.dt,
      maxSteps: spec.maxSteps,
      defaultReward: spec.defaultReward,
      success: spec.success,
      descriptor: spec.descriptor ?? null,
      expert: expert !== undefined,
      options: Object.entries(options).map(([name, option]) => ({ name, ...option })),
    })),
  })
}

const ranges = ({ low, high }: DescriptorSpec): string => low.map((x, i) => `${x} to ${high[i]}`).join(' by ')

/** Everything about one environment, its model compiled. */
async function envText({ spec, options, expert, make }: EnvDefinition): Promise<string> {
  const { id, about, obs, action, signals, dt, maxSteps, defaultReward, success, descriptor } = spec
  using env = await make(1)
  const rewards = await rewardsOf(id)
  const fields = (kind: string, of: Fields) =>
    Object.entries(of).map(([name, field]) => [kind, name, describeField(field), field.about ?? ''])
  return [
    `${id} – ${about}`,
    `${width(obs)} observations, ${action.names.length} actions (${action.names.join(', ')}), ` +
      `${maxSteps} steps of ${figure(dt)} s (${clock(maxSteps * dt)})`,
    `Reward by default: ${defaultReward ?? 'none'}; all for it: ${rewards.join(', ') || 'none'}`,
    ...(success === null ? [] : [`Success: ${success.signal} ${describeOver(success.over)}`]),
    ...(descriptor === undefined
      ? []
      : [`Episodes are told apart by ${descriptor.signal}, ${ranges(descriptor)}.`]),
    ...(expert === undefined
      ? []
      : ['A hand-written policy that solves it comes with it (carrot bench solve).']),
    `Cameras: ${env.scene.cameras.map(({ name }) => name).join(', ')}; poses: ${env.keyframes.map(({ name }) => name).join(', ')}`,
    '',
    table(['', 'name', 'unit', 'about'], [...fields('obs', obs), ...fields('signal', signals)]),
    ...(Object.keys(options).length === 0
      ? []
      : [
          '',
          table(
            ['option', 'default', 'about'],
            Object.entries(options).map(([name, option]) => [
              name,
              String(option.default),
              `${option.about}${option.choices === undefined ? '' : ` One of ${option.choices.join(', ')}.`}`,
            ]),
          ),
        ]),
  ].join('\n')
}

async function rewardsOf(id: string): Promise<string[]> {
  const { experts, programs } = await import('../../rewards/index.ts')
  return [...programs, ...experts].filter(({ env }) => env === id).map(({ name }) => name)
}

async function listRewards(voice: Voice): Promise<void> {
  const { experts, programs } = await import('../../rewards/index.ts')
  const all = [...programs, ...experts]
  const row = (program: (typeof programs)[number]) => [
    program.name,
    program.env ?? 'any',
    program.terms.map(({ name, weight }) => `${name} ${weight}`).join(', '),
    program.about,
  ]
  voice.say(table(['reward', 'env', 'terms and weights', 'about'], all.map(row)))
  voice.result({
    rewards: all.map(({ name, env, about, reads, terms, success }) => ({
      id: name,
      env: env ?? null,
      about,
      reads: fieldList(reads),
      terms: terms.map(({ name, kind, weight }) => ({ name, kind, weight })),
      judged: success !== undefined,
    })),
  })
}

async function listRuns(voice: Voice): Promise<void> {
  const { listRuns: stored, runsRoot } = await import('../store/index.ts')
  const runs = stored()
  const row = ({ name, env, reward, seed, step, steps, live, eval: judged }: (typeof runs)[number]) => [
    name,
    env,
    reward,
    String(seed),
    `${step}/${steps}`,
    judged === undefined ? '–' : figure(judged.returnMean),
    live ? 'training' : step < steps ? 'stopped' : 'done',
  ]
  voice.say(
    runs.length === 0
      ? `There are no runs in ${runsRoot()}. \`carrot train hopper\` makes one; CARROT_RUNS says where runs are.`
      : table(['run', 'env', 'reward', 'seed', 'steps', 'return', 'state'], runs.map(row)),
  )
  voice.result({ runs })
}

async function listSearches(voice: Voice): Promise<void> {
  const { searchSummaries } = await import('../search/summaries.ts')
  const searches = searchSummaries()
  const row = ({ name, env, text, candidates, best, done }: (typeof searches)[number]) => [
    name,
    env,
    text,
    String(candidates),
    best === null ? '–' : `${best.id} ${best.success === null ? figure(best.return) : percent(best.success)}`,
    done ? 'done' : 'not done',
  ]
  voice.say(
    searches.length === 0
      ? 'There are no searches. `carrot search <env> --text "…" --llm <model>` makes one.'
      : table(['search', 'env', 'text', 'programs', 'best', 'state'], searches.map(row)),
  )
  voice.result({ searches })
}
