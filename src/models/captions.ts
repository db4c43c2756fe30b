/** Captions for statements: hundreds of ways to say each, some of which training never sees. */
import type { Rng } from '../core/rng.ts'
import type { Scene, Statement } from './statement.ts'

/** What a caption may begin with; most have nothing. */
const OPENINGS = [
  'a picture of ',
  'an image of ',
  'a photo of ',
  'a photograph of ',
  'a rendering of ',
  'a render of ',
  'a frame of ',
  'a view of ',
  'a simulation of ',
  'a screenshot of ',
  'this is ',
  'here is ',
  'we see ',
  'there is ',
] as const
const PLACES = [
  ' in a simulation',
  ' in a simulator',
  ' in simulation',
  ' on the screen',
  ' in the picture',
  ' in this picture',
] as const
/** Of sentences. */
const CLAUSES = ['a picture in which ', 'a frame where ', 'here, ', 'we see that '] as const

const pick = <T>(list: readonly T[], rng: Rng): T => list[rng.below(list.length)]
const isSentence = (text: string): boolean =>
  /\b(is|has|are|hangs|leans|lies|points|stands|reaches)\b/.test(text)

/** Which phrasings to draw from. */
export type Split = 'train' | 'held-out'

/** A way to say a statement. `plain` leaves out openings and places. */
export function captionOf(
  scene: Scene,
  statement: Statement,
  rng: Rng,
  split: Split = 'train',
  plain = false,
): string {
  const { phrases, heldOut } = statement
  const unseen = split === 'held-out'
  const phrase = pick(unseen && heldOut !== undefined ? heldOut : phrases, rng)
  const body = phrase.startsWith('=') ? phrase.slice(1) : withSubject(scene, phrase, rng, unseen)
  if (plain || rng.uniform() < 0.45) return body
  const opening = rng.uniform() < 0.7
  const place = rng.uniform() < 0.4
  const before = !opening
    ? ''
    : isSentence(body) && phrase.startsWith('=')
      ? pick(CLAUSES, rng)
      : pick(OPENINGS, rng)
  return `${before}${body}${place ? pick(PLACES, rng) : ''}`
}

function withSubject(
  { subjects, heldOutSubjects }: Scene,
  phrase: string,
  rng: Rng,
  unseen: boolean,
): string {
  // The plainest is what people write; half of the captions have it.
  const other = unseen && heldOutSubjects !== undefined ? heldOutSubjects : subjects
  const subject = rng.uniform() < 0.4 ? subjects[0] : pick(other, rng)
  if (phrase === '') return subject
  const joined = /^(that|with|in|on|of|and|before|not|nearly|almost|over)\b/.test(phrase)
  return !joined && rng.uniform() < 0.2
    ? `${subject} ${pick(['that is', 'is'], rng)} ${phrase}`
    : `${subject} ${phrase}`
}

/** How many captions there are for training. */
export function captionCount(scenes: readonly Scene[]): number {
  const around = (1 + OPENINGS.length) * (1 + PLACES.length)
  const ways = ({ subjects, statements }: Scene) =>
    statements
      .flatMap(({ phrases }) => phrases)
      .reduce((sum, phrase) => sum + (phrase.startsWith('=') ? 1 : subjects.length), 0)
  return around * scenes.reduce((sum, scene) => sum + ways(scene), 0)
}

/** Every word that a caption of these scenes may have, held-out phrasings included. */
export function wordsOf(scenes: readonly Scene[]): readonly string[] {
  const texts = scenes.flatMap(({ subjects, heldOutSubjects = [], statements }) => [
    ...subjects,
    ...heldOutSubjects,
    ...statements.flatMap(({ phrases, heldOut = [] }) => [...phrases, ...heldOut]),
  ])
  const all = [...texts, ...OPENINGS, ...PLACES, ...CLAUSES, 'that is']
  return [...new Set(all.flatMap(splitWords))].sort()
}

/** As BERT splits: lower case, at spaces, every punctuation mark by itself. */
export const splitWords = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replaceAll('=', ' ')
    .match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
