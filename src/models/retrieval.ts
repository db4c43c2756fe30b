/** Finding the caption that is true of a picture among others, on pictures and phrasings that training never saw. */
import { Rng, STREAM } from '../core/rng.ts'
import type { Executor } from '../graph/executor.ts'
import { captionOf, type Split } from './captions.ts'
import { cosine, type Encoder, encodePictures, encodeTexts } from './encoding.ts'
import { type Frames, framesOf, UNTOLD } from './frames.ts'
import { IMAGE_SIZE } from './network.ts'
import type { Scene } from './statement.ts'
import { HELD_OUT_ENV, SCENES } from './statements/index.ts'

/** Of a kind of scene; at least 24 of an environment. */
const FRAMES = 160
const FEWEST = 24
/** True, and false, enough to be the answer and not. */
const TRUE = 0.9 * 254
const FALSE = 0.35 * 254
/** Captions to choose from. */
const CHOICES = 10

export interface Retrieval {
  readonly name: string
  /** Questions, shares of right answers, and what guessing gets. */
  readonly questions: number
  readonly caption: number
  readonly chance: number
}

export async function retrievals(encoder: Encoder, seed: number, executor: Executor): Promise<Retrieval[]> {
  const results: Retrieval[] = []
  const all = { train: [0, 0, 0], 'held-out': [0, 0, 0] }
  for (const scene of SCENES) {
    const envs = scene.id === 'humanoid' ? ['humanoid-pose'] : scene.envs
    const seen = envs.filter(env => env !== HELD_OUT_ENV)
    const parts: Frames[] = []
    for (const env of seen)
      parts.push(
        await framesOf(scene, env, Math.max(FEWEST, Math.round(FRAMES / seen.length)), {
          seed,
          size: IMAGE_SIZE,
        }),
      )
    for (const split of ['train', 'held-out'] as const) {
      const sums = [0, 0, 0]
      for (const frames of parts) {
        const part = await retrieve(encoder, frames, split, executor)
        for (let i = 0; i < 3; i++) {
          sums[i] += part[i]
          all[split][i] += part[i]
        }
      }
      results.push(retrievalOf(`${scene.id}, ${split} phrasings`, sums))
    }
  }
  for (const split of ['train', 'held-out'] as const)
    results.unshift(retrievalOf(`all scenes, ${split} phrasings`, all[split]))
  const robots = SCENES.find(({ envs }) => envs.includes(HELD_OUT_ENV))!
  const held = await framesOf(robots, HELD_OUT_ENV, FRAMES, { seed, size: IMAGE_SIZE })
  for (const split of ['train', 'held-out'] as const)
    results.push(
      retrievalOf(
        `${HELD_OUT_ENV} (never seen), ${split} phrasings`,
        await retrieve(encoder, held, split, executor),
      ),
    )
  return results
}

const retrievalOf = (name: string, [questions, right, chance]: readonly number[]): Retrieval => ({
  name,
  questions,
  caption: right / questions,
  chance: chance / questions,
})

/** Questions, right answers, and the sum of chances: one true caption of a picture among false ones of the same scene. */
async function retrieve(
  { net, params, tokenizer }: Encoder,
  frames: Frames,
  split: Split,
  executor: Executor,
): Promise<number[]> {
  const { scene, count, degrees } = frames
  const rng = new Rng(7, STREAM.evaluation, count)
  const S = scene.statements.length
  const questions: { image: number; texts: string[] }[] = []
  for (let image = 0; image < count; image++) {
    const of = (holds: (degree: number) => boolean) =>
      scene.statements.filter((_, s) => holds(degrees[image * S + s]))
    // What is true of all pictures tells none apart.
    const right = of(d => d >= TRUE && d !== UNTOLD).filter(
      ({ id, heldOut }) => !isPlain(scene, id) && (split === 'train' || heldOut !== undefined),
    )
    const wrong = of(d => d <= FALSE)
    if (right.length === 0 || wrong.length === 0) continue
    const say = (s: (typeof right)[number]) => captionOf(scene, s, rng, split)
    const answer = right[rng.below(right.length)]
    const others = shuffled(wrong, rng).slice(0, CHOICES - 1)
    questions.push({ image, texts: [answer, ...others].map(say) })
  }
  const images = await encodePictures(net, params, frames.pixels, executor)
  const flat = questions.flatMap(({ texts }) => texts)
  const said = await encodeTexts(net, params, tokenizer, flat, executor)
  let [right, chance, at] = [0, 0, 0]
  for (const { image, texts } of questions) {
    const scores = texts.map((_, k) => cosine(images, image, said, at + k))
    if (scores.slice(1).every(score => score < scores[0])) right++
    chance += 1 / texts.length
    at += texts.length
  }
  return [questions.length, right, chance]
}

const isPlain = ({ id }: Scene, statement: string): boolean =>
  ({
    humanoid: statement === 'humanoid' || statement.startsWith('not-') || statement.startsWith('nearly-'),
    poles: statement === 'pole-and-cart',
    mountain: statement === 'car',
    robots: statement === 'legged-robot',
    arms: statement === 'arm',
  })[id] ?? false

export function shuffled<T>(list: readonly T[], rng: Rng): T[] {
  const order = Int32Array.from(list, (_, i) => i)
  rng.shuffle(order)
  return [...order].map(i => list[i])
}
