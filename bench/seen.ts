/**
 * What policies learn from pictures alone: `node bench/seen.ts [--tasks a,b] [--seeds 1,2,3] [--model <folder>]
 * [--camera a,b] [--steps n] [--only trained|untrained]`. Trains every task of the published study on its own text, with
 * the embedded model (or another, which the row then names) and with the embedded network untrained, and judges each
 * policy by the task's own criterion over 100 episodes, beside doing nothing and random actions. Rows are added to bench/results/seen.csv as they come, and those that are
 * there already are not run again: stop it whenever you like.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseConfig, type TrainInput } from '../src/config.ts'
import { CarrotError, closest } from '../src/core/errors.ts'
import { EMBEDDED_MODEL } from '../src/core/vision.ts'
import { solve } from '../src/solve.ts'
import { startTraining } from '../src/train.ts'
import { SUITES } from '../src/vision/suites.ts'
import { judgedByText } from '../src/vision/textProgram.ts'
import { untrainedModel } from '../src/vision/untrained.ts'

const EPISODES = 100
const FILE = fileURLToPath(new URL('./results/seen.csv', import.meta.url))
const HEADER = 'task,env,text,cameras,encoder,seed,steps,success,zero,random'

interface Task {
  readonly name: string
  readonly env: string
  readonly text: string
}

/** By the signal that judges, e.g. 'kneeling'. */
async function tasks(): Promise<Task[]> {
  const all = Object.entries(SUITES).flatMap(([env, { prompts }]) => prompts.map(text => ({ env, text })))
  return Promise.all(
    all.map(async ({ env, text }) => {
      const { env: judged } = await judgedByText(parseConfig({ env, text, via: 'vlm' }))
      return { name: judged.spec.success?.signal ?? env, env, text }
    }),
  )
}

const { values: given } = parseArgs({
  options: {
    tasks: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    model: { type: 'string', default: EMBEDDED_MODEL },
    camera: { type: 'string' },
    steps: { type: 'string' },
    only: { type: 'string' },
  },
})

if (!existsSync(FILE)) writeFileSync(FILE, `${HEADER}\n`)
const known = await tasks()
const untrained = untrainedModel()
for (const name of given.tasks?.split(',') ?? known.map(task => task.name)) {
  const task = known.find(each => each.name === name)
  if (task === undefined) throw unknownTask(name)
  for (const seed of given.seeds.split(',').map(Number)) {
    for (const encoder of ['trained', 'untrained']) {
      if (given.only !== undefined && given.only !== encoder) continue
      await row(task, encoder, seed)
    }
  }
}

function unknownTask(name: string): CarrotError {
  const names = known.map(task => task.name)
  const near = closest(name, names)
  return new CarrotError(
    'unknown-name',
    `There is no task '${name}'.`,
    near === undefined ? `There are ${names.join(', ')}.` : `Did you mean '${near}'?`,
  )
}

async function row({ name, env, text }: Task, encoder: string, seed: number): Promise<void> {
  const input: TrainInput = {
    env,
    text,
    via: 'vlm',
    seed,
    vlm: {
      model: encoder === 'trained' ? given.model : untrained,
      ...(given.camera !== undefined && { camera: given.camera.split(',') }),
    },
    evalEpisodes: EPISODES,
    ...(given.steps !== undefined && { steps: Number(given.steps) }),
  }
  const cameras = [parseConfig(input).vlm.camera].flat().join('+')
  const seer = encoder === 'trained' && given.model !== EMBEDDED_MODEL ? given.model : encoder
  const key = `${name},${env},"${text}",${cameras},${seer},${seed},`
  if (readFileSync(FILE, 'utf8').includes(key)) return
  const session = await startTraining(input)
  const result = await session.done
  if (result === null) return
  const { env: judged } = await judgedByText(parseConfig(input))
  const simple = async (policy: 'zero' | 'random') =>
    (await solve(judged, policy, { episodes: EPISODES, seed })).successRate
  const figures = [result.steps, result.eval.successRate, await simple('zero'), await simple('random')]
  appendFileSync(FILE, `${key}${figures.join(',')}\n`)
  process.stdout.write(`${key}${figures.join(',')}\n`)
}
