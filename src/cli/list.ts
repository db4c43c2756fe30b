/** `carrot list`: what there is to train, to train on, and what was trained. */
import { Argument, type Command } from 'commander'
import { describeField, type EnvSpec, type Fields, fieldWidth } from '../core/spec.ts'
import { clock, figure, table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

const LISTS: Readonly<Record<string, (voice: Voice) => Promise<void>>> = {
  envs: listEnvs,
  rewards: listRewards,
  runs: listRuns,
}

export function addList(program: Command): void {
  addVerb(program, {
    usage: 'list',
    about: 'list environments, built-in reward programs, or runs',
    example: 'carrot list envs',
  })
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(LISTS)))
    .action((what: string, options) => LISTS[what](voice(options)))
}

const fieldList = (fields: Fields) =>
  Object.entries(fields).map(([name, { shape, unit, frame, about }]) => ({ name, shape, unit, frame, about }))
const width = (fields: Fields): number =>
  Object.values(fields).reduce((sum, field) => sum + fieldWidth(field), 0)
const named = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, field]) => `${name} ${describeField(field)}`)
    .join(', ')

async function listEnvs(voice: Voice): Promise<void> {
  const { envs } = await import('../../envs/index.ts')
  const specs = envs.map(env => env.spec)
  voice.say(specs.map(envText).join('\n\n'))
  voice.result({
    envs: specs.map(({ id, version, about, obs, action, signals, dt, maxSteps, defaultReward }) => ({
      id,
      version,
      about,
      obs: fieldList(obs),
      action,
      signals: fieldList(signals),
      dt,
      maxSteps,
      defaultReward,
    })),
  })
}

const envText = ({ id, about, obs, action, signals, dt, maxSteps, defaultReward }: EnvSpec): string =>
  [
    `${id} – ${about}`,
    `  ${width(obs)} observations, ${action.names.length} actions (${action.names.join(', ')}), ` +
      `${maxSteps} steps of ${dt} s (${clock(maxSteps * dt)})`,
    `  reward it is published with: ${defaultReward}`,
    `  signals for rewards: ${named(signals)}`,
  ].join('\n')

async function listRewards(voice: Voice): Promise<void> {
  const { programs } = await import('../../rewards/index.ts')
  const row = (program: (typeof programs)[number]) => [
    program.name,
    program.env ?? 'any',
    program.terms.map(({ name, weight }) => `${name} ${weight}`).join(', '),
    program.about,
  ]
  voice.say(table(['reward', 'env', 'terms and weights', 'about'], programs.map(row)))
  voice.result({
    rewards: programs.map(({ name, env, about, reads, terms, success }) => ({
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
