/** `carrot models list` and `carrot models pull`: which dual encoders there are here, and fetching others. */
import { type Command, Option } from 'commander'
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { PRECISIONS, type Precision } from '../vlm/precision.ts'
import type { PullProgress } from '../vlm/pull.ts'
import { table } from './table.ts'
import { addVerb } from './verb.ts'
import { type Voice, voice } from './voice.ts'

interface PullFlags {
  readonly host?: string
  readonly revision: string
  readonly precision?: Precision
  readonly json?: boolean
}

export function addModelFetching(models: Command): void {
  addVerb(models, {
    usage: 'list',
    about: 'list the vision-language models there are on this machine',
    example: 'carrot models list',
  }).action(options => listModels(voice(options)))
  addVerb(models, {
    usage: 'pull <id>',
    about: 'fetch a model from Hugging Face’s hub or a mirror, into CARROT_MODELS or ~/.cache/carrot/models',
    example: 'carrot models pull Xenova/clip-vit-base-patch32 --precision q8',
  })
    .option('--host <url>', 'the hub; HF_ENDPOINT, or else the public one, by default')
    .option('--revision <name>', 'branch, tag or commit', 'main')
    .addOption(
      new Option('--precision <name>', 'of the weights; the most exact there is by default').choices(
        Object.keys(PRECISIONS),
      ),
    )
    .action((id: string, options: PullFlags) => pull(id, options, voice(options)))
}

async function listModels({ say, result }: Voice): Promise<void> {
  const { cachedModels, modelFolder, modelsRoot } = await import('../vlm/cache.ts')
  const { readModelFolder } = await import('../vlm/folder.ts')
  const { describeError } = await import('../core/errors.ts')
  const models = [modelFolder(EMBEDDED_MODEL), ...cachedModels()].map(({ id, folder }) => {
    try {
      const { family, image, precision, lexicon } = readModelFolder(folder, id)
      const words = lexicon?.length ?? null
      return { id, folder, family, imageSize: image.side, precision: precision.vision, words, problem: null }
    } catch (error) {
      const problem = describeError(error as Error)
      return { id, folder, family: null, imageSize: null, precision: null, words: null, problem }
    }
  })
  const row = ({ id, family, imageSize, precision, words, problem }: (typeof models)[number]) =>
    problem === null
      ? [id, family, `${imageSize} px`, precision, words === null ? 'any' : String(words)]
      : [id, 'unusable', '–', '–', '–']
  say(
    table(
      ['model', 'family', 'sees', 'weights', 'words'],
      models.map(model => row(model).map(String)),
    ),
  )
  for (const { problem } of models) if (problem !== null) say(problem)
  say(
    `\nFetched models lie in ${modelsRoot()}. Another one: carrot models pull owner/name; or give any folder.`,
  )
  result({ root: modelsRoot(), models })
}

async function pull(id: string, { host, revision, precision }: PullFlags, voice: Voice): Promise<void> {
  const { pullModel } = await import('../vlm/pull.ts')
  const progress = voice.terminal ? await barOf() : linesOf(voice)
  const pulled = await pullModel(id, { host, revision, precision, onProgress: progress.show }).finally(
    progress.end,
  )
  voice.say(`${id} is in ${pulled.folder}: ${megabytes(pulled.bytes)}, revision ${pulled.revision}.`)
  voice.result(pulled)
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

interface Shown {
  show(progress: PullProgress): void
  end(): void
}

async function barOf(): Promise<Shown> {
  const { SingleBar } = await import('cli-progress')
  const bar = new SingleBar({
    format: ' {bar} {percentage} % · {file} · {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: null,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  return {
    show: ({ file, done, total }) => {
      if (!bar.isActive) bar.start(total, 0, { file })
      bar.update(done, { file })
    },
    end: () => bar.stop(),
  }
}

/** Where nobody watches, a line a file. */
function linesOf({ say }: Voice): Shown {
  let last = ''
  return {
    show: ({ file, total }) => {
      if (file !== last) say(last === '' ? `${file}, ${megabytes(total)} in all` : file)
      last = file
    },
    end: () => undefined,
  }
}
