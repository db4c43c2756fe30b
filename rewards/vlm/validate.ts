/** What can be wrong with what a vision term asks for. It may come from JavaScript, so nothing is taken for granted. */
import type { VisionRequest } from '../../src/core/vision.ts'
import { checkKeys, type Given, wrong } from '../given.ts'
import { checkDial } from './dials.ts'

const KEYS = [
  'model',
  'prompts',
  'baselines',
  'head',
  'shape',
  'cameras',
  'every',
  'policy',
  'share',
  'distil',
  'dials',
]
const CHOICES = {
  shape: ['value', 'potential', 'minus-initial'],
  policy: ['wait', 'late', 'hold'],
} as const
const HEADS = ['goal-baseline', 'softmax', 'threshold']

/** A frozen copy. `here` names the term. Throws CarrotError 'bad-reward'. */
export function visionRequest(here: string, given: unknown): VisionRequest {
  if (typeof given !== 'object' || given === null) {
    throw wrong(`${here} asks for nothing to look at.`, "Write it as vlm({ weight: 1, prompt: '…' }).")
  }
  checkKeys(here, given, KEYS)
  const { model, prompts, baselines, head, cameras, every, share, distil, dials } = given as Given
  checkTexts(here, 'prompt', prompts, 1)
  checkTexts(here, 'baseline', baselines, 0)
  checkTexts(here, 'camera', cameras, 1)
  checkDistinct(here, prompts as string[], baselines as string[])
  if (typeof model !== 'string' || model === '') {
    throw wrong(`${here} names no model.`, 'Give the id of a model or the path of a folder, or leave it out.')
  }
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = (given as Given)[key]
    if (!(choices as readonly unknown[]).includes(value)) {
      throw wrong(`${here} has ${key} '${String(value)}'.`, `Use ${choices.join(', ')}.`)
    }
  }
  if (!Number.isInteger(every) || (every as number) < 1) {
    throw wrong(`${here} looks every ${String(every)} steps.`, 'Give a whole number, at least 1.')
  }
  if (!(typeof share === 'number' && share > 0 && share <= 1) || typeof distil !== 'boolean') {
    throw wrong(
      `${here} looks at a share of ${String(share)} of the environments (distil: ${String(distil)}).`,
      'Give a share above 0, at most 1; distil is true or false.',
    )
  }
  if (share !== 1 && !distil) {
    throw wrong(
      `${here} looks at a share of ${share} of the environments, and the others would be paid nothing.`,
      'Add distil: true, so that a network learned from the labels pays them, or leave share out.',
    )
  }
  checkHead(here, head as VisionRequest['head'])
  for (const [name, value] of Object.entries(dials as Record<string, number>))
    checkDial(`${here}:`, name, value)
  const { alpha = 0 } = dials as Record<string, number>
  if (alpha !== 0 && (baselines as string[]).length === 0) {
    throw wrong(
      `${here} has alpha ${alpha} and no baseline.`,
      'Add a baseline that says what is there anyway, or leave alpha out.',
    )
  }
  return deepFrozen(given as VisionRequest)
}

function checkTexts(here: string, what: string, texts: unknown, least: number): void {
  const isList = Array.isArray(texts) && texts.length >= least
  if (isList && texts.every(text => typeof text === 'string' && (what === 'camera' || text.trim() !== '')))
    return
  throw wrong(
    `${here} has a ${what} that is not text.`,
    `Give a ${what} in quotes, or a list of them${least === 0 ? '' : ', at least one'}.`,
  )
}

/** Goal and baseline of the same words leave nothing between them. */
function checkDistinct(here: string, prompts: readonly string[], baselines: readonly string[]): void {
  if (baselines.length === 0 || [...prompts].sort().join('\n') !== [...baselines].sort().join('\n')) return
  throw wrong(
    `${here} has the baseline '${baselines[0]}', which is its prompt as well.`,
    'Let the baseline say what is there without the goal.',
  )
}

function checkHead(here: string, head: VisionRequest['head']): void {
  if (!HEADS.includes(head?.type)) {
    throw wrong(
      `${here} has head '${String(head?.type)}'.`,
      "Use 'goal-baseline', { softmax: ['…'] } or { threshold: 0.5 }.",
    )
  }
  checkKeys(`${here}: its head`, head, head.type === 'softmax' ? ['type', 'negatives'] : ['type'])
  if (head.type !== 'softmax') return
  checkTexts(here, 'negative', head.negatives, 0)
  if (head.negatives.length > 0) return
  throw wrong(
    `${here} has a softmax over its goal alone, which is always 1.`,
    'Give texts of what else the picture could show.',
  )
}

function deepFrozen<T extends object>(value: T): T {
  const copy = Array.isArray(value) ? [...value] : { ...value }
  for (const [key, part] of Object.entries(copy)) {
    if (typeof part === 'object' && part !== null) Object.assign(copy, { [key]: deepFrozen(part) })
  }
  return Object.freeze(copy) as T
}
