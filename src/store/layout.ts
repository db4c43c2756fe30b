/**
 * What is where in a run's folder. Every file can be opened with tools that know nothing of carrot.
 *
 *   run.json                      what was run: environment, scene, discount, seed
 *   config.yaml                   every setting; `carrot train --config` takes it
 *   program.ts, program.json      the reward program in force
 *   programs/<hash>.ts, .js       every program that was in force, so that each episode can be scored with its own:
 *                                 as written, and as one module with all it imports but 'carrot-rl'
 *   answers/<hash>.json           what a language model was asked for the program, and said
 *   history.json                  programs before this one, and what was said of them
 *   log.jsonl                     what happened, one event a line
 *   checkpoints/<step>.safetensors, <step>.onnx
 *   checkpoints/<step>.replay.safetensors   what an off-policy learner remembers, of the last checkpoint only
 *   checkpoints/best.safetensors, best.onnx   the policy of the best evaluation
 *   episodes/<id>.safetensors     recordings (core/episode.ts)
 *   faults/<n>.json               states from which the simulation diverged; `carrot watch --state` shows them
 *   events.out.tfevents.*         metrics for TensorBoard
 *   lock                          the process that is recording, while there is one
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { CarrotError, closest } from '../core/errors.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { EnvSpec } from '../core/spec.ts'

/** Rises when an older version could misread a folder. */
export const FORMAT = 1

/** run.json: enough to show and score the run again, even where the environment has changed since. */
export interface RunHeader {
  readonly format: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly seed: number
  /** Discount of potential terms. */
  readonly gamma: number
  readonly env: EnvSpec
  readonly scene: SceneSpec
}

/** Bytes of recordings kept when the caller does not say. */
export const MAX_EPISODE_BYTES = 1_000_000_000

/** Where runs live: CARROT_RUNS, or runs/ in the working directory. */
export const runsRoot = (root?: string): string => resolve(root || process.env.CARROT_RUNS || 'runs')

export const paths = (folder: string) => ({
  header: join(folder, 'run.json'),
  config: join(folder, 'config.yaml'),
  source: join(folder, 'program.ts'),
  program: join(folder, 'program.json'),
  programs: join(folder, 'programs'),
  programSource: (hash: string) => join(folder, 'programs', `${hash}.ts`),
  programModule: (hash: string) => join(folder, 'programs', `${hash}.js`),
  answers: join(folder, 'answers'),
  answer: (hash: string) => join(folder, 'answers', `${hash}.json`),
  history: join(folder, 'history.json'),
  log: join(folder, 'log.jsonl'),
  checkpoints: join(folder, 'checkpoints'),
  checkpoint: (step: number) => join(folder, 'checkpoints', `${step}.safetensors`),
  policy: (step: number) => join(folder, 'checkpoints', `${step}.onnx`),
  replay: (step: number) => join(folder, 'checkpoints', `${step}.replay.safetensors`),
  best: join(folder, 'checkpoints', 'best.safetensors'),
  bestPolicy: join(folder, 'checkpoints', 'best.onnx'),
  episodes: join(folder, 'episodes'),
  faults: join(folder, 'faults'),
  episode: (id: string) => join(folder, 'episodes', `${id}.safetensors`),
})

/** Ids and names become file names, and ids arrive in URLs. */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9_][\w.-]*$/.test(name)

const isRun = (folder: string): boolean => existsSync(paths(folder).header)

/** Names of the runs below `root`, sorted. */
export function runNames(root?: string): string[] {
  const folder = runsRoot(root)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder)
    .filter(name => isPlainName(name) && isRun(join(folder, name)))
    .sort()
}

/** The folder of a run given by its path, or by its name below `root`. Throws CarrotError 'bad-run'. */
export function findRun(folderOrName: string, root?: string): string {
  const candidates = [resolve(folderOrName), join(runsRoot(root), folderOrName)]
  const found = candidates.find(isRun)
  if (found !== undefined) return found
  const folder = candidates.find(candidate => existsSync(candidate))
  if (folder !== undefined) {
    throw new CarrotError(
      'bad-run',
      `${folder} is not a run: it has no run.json.`,
      'Name a folder that `carrot train` has written; `carrot list runs` shows them.',
    )
  }
  const names = runNames(root)
  const near = closest(basename(folderOrName), names)
  const where = runsRoot(root)
  throw new CarrotError(
    'bad-run',
    `There is no run '${folderOrName}', neither as a folder nor in ${where}.`,
    near !== undefined
      ? `Did you mean '${near}'?`
      : names.length > 0
        ? `\`carrot list runs\` shows the ${names.length} there are.`
        : 'There are no runs there yet: make one with `carrot train hopper`, or set CARROT_RUNS to where they are.',
  )
}

/** '<name>-20261124-153000', local time; '-2' and so on when that exists. */
export function freshName(base: string, root: string, now = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
  const name = `${base}-${date}-${time}`
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`
    if (!existsSync(join(root, candidate))) return candidate
  }
}
