/** The documentation page of an environment, made from its spec and its model so that it cannot say anything else. */
import { experts, programs, publishedReward } from '../rewards/index.ts'
import type { EnvDefinition, VectorEnv } from './core/env.ts'
import type { RewardProgram } from './core/reward.ts'
import { describeField, type EnvSpec, type Fields, fieldWidth } from './core/spec.ts'
import { describeOver } from './core/success.ts'
import { picture } from './picture.ts'

/** Markdown; `env` is a copy of the environment, for what only the model knows. */
export function envDoc(definition: EnvDefinition, env: VectorEnv): string {
  const { spec } = definition
  const own = [...programs, ...experts].filter(program => program.env === spec.id)
  return [
    `# ${spec.id}`,
    spec.about,
    `![${spec.id}](${spec.id}.png)`,
    `\`\`\`sh\ncarrot train ${spec.id}\n\`\`\``,
    facts(definition, env),
    section('Actions', actionTable(spec)),
    section('Observations', fieldTable(spec.obs)),
    section('Signals', `What reward programs may read.\n\n${fieldTable(spec.signals)}`),
    section('Reward programs', own.map(programText).join('\n\n')),
    ...(Object.keys(definition.options).length === 0
      ? []
      : [section('Options', `Set with \`--env-option name=value\`.\n\n${optionTable(definition)}`)]),
    '_Made from the specification by `npm run docs`._',
  ]
    .join('\n\n')
    .concat('\n')
}

/** Cameras that show most of a scene, the best first. */
const VIEWS = ['vlm', 'corner', 'side', 'front', 'top', 'above']

/** The picture of the page, as PNG. */
export function envPicture(definition: EnvDefinition, env: VectorEnv): Promise<Uint8Array<ArrayBuffer>> {
  const names = env.scene.cameras.map(({ name }) => name)
  const camera = VIEWS.find(view => names.includes(view)) ?? names[0]
  return picture(definition, { camera, pose: env.keyframes[0]?.name, width: 400, height: 300 })
}

/** The list of all pages. */
export function envIndex(definitions: readonly EnvDefinition[]): string {
  const rows = definitions.map(({ spec, expert }) => [
    `[${spec.id}](${spec.id}.md)`,
    `${widthOf(spec.obs)} · ${spec.action.low.length}`,
    seconds(spec.dt * spec.maxSteps),
    expert === undefined ? '' : 'yes',
    spec.about,
  ])
  return [
    '# Environments',
    table(['Environment', 'Observations · actions', 'Time limit', 'Expert', 'About'], rows),
    'An expert is a hand-written policy that solves the task; `carrot bench solve` shows how often.',
    '_Made from the specifications by `npm run docs`._',
  ]
    .join('\n\n')
    .concat('\n')
}

const section = (title: string, text: string): string => `## ${title}\n\n${text}`

function facts({ spec, expert }: EnvDefinition, env: VectorEnv): string {
  const { action, obs, dt, maxSteps, success, defaultReward } = spec
  const published = publishedReward(spec)
  const rows = [
    ['Observations', String(widthOf(obs))],
    ['Actions', String(action.low.length)],
    ['Control period', `${figure(dt)} s`],
    ['Time limit', `${maxSteps} steps, ${seconds(maxSteps * dt)}`],
    ['Success', success === null ? 'not judged' : `\`${success.signal}\` ${describeOver(success.over)}`],
    ...(published === defaultReward ? [] : [['Reward', `\`${defaultReward}\``]]),
    ['Published reward', published === null ? 'none' : `\`${published}\``],
    ...(spec.episodesPerReset === undefined
      ? []
      : [['Resets', `one in ${spec.episodesPerReset} episodes; the others begin where the last one ended`]]),
    ...(spec.descriptor === undefined
      ? []
      : [
          [
            'Descriptor',
            `\`${spec.descriptor.signal}\` from ${list(spec.descriptor.low)} to ${list(spec.descriptor.high)}`,
          ],
        ]),
    ...(expert === undefined ? [] : [['Expert', 'comes with it']]),
    ['Cameras', codes(env.scene.cameras.map(({ name }) => name))],
    ['Poses', codes(env.keyframes.map(({ name }) => name))],
    ['Version', String(spec.version)],
  ]
  return table(['', ''], rows)
}

function actionTable({ action: { names, low, high, unit } }: EnvSpec): string {
  const rows = names.map((name, a) => [`\`${name}\``, figure(low[a]), figure(high[a]), unit])
  return table(['Action', 'From', 'To', 'Unit'], rows)
}

const fieldTable = (fields: Fields): string =>
  table(
    ['Name', 'Unit', 'About'],
    Object.entries(fields).map(([name, field]) => [`\`${name}\``, describeField(field), field.about ?? '']),
  )

const optionTable = ({ options }: EnvDefinition): string =>
  table(
    ['Option', 'Default', 'About'],
    Object.entries(options).map(([name, { default: value, unit, about, choices }]) => [
      `\`${name}\``,
      `${value}${unit === undefined || unit === '1' ? '' : ` ${unit}`}`,
      choices === undefined ? about : `${about} One of ${codes(choices)}.`,
    ]),
  )

function programText({ name, about, terms }: RewardProgram): string {
  const rows = terms.map(term => [`\`${term.name}\``, String(term.weight), term.kind])
  return [`**${name}**: ${about}`, table(['Term', 'Weight', 'Kind'], rows)].join('\n\n')
}

const widthOf = (fields: Fields): number =>
  Object.values(fields).reduce((sum, field) => sum + fieldWidth(field), 0)
const codes = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')
const seconds = (time: number): string => `${figure(time)} s`
const list = (values: readonly number[]): string => values.map(figure).join(', ')
/** Without the noise of binary fractions. */
const figure = (value: number): string => String(Number(value.toPrecision(6)))

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A bar would end the cell.
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
