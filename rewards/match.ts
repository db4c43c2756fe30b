/** Text → the nearest program, without a model: the share of what the text asks for that a program is known to give. */
import type { RewardProgram } from '../src/core/reward.ts'
import { HANDLED, isThing, ownWords, type Request, THING, understand } from './concepts.ts'
import { programs as builtIn } from './programs/index.ts'

export interface TextMatch {
  readonly program: RewardProgram
  /** 0…1. */
  readonly similarity: number
  /** Words of the text, in their order, that nothing in the program answers. */
  readonly uncovered: readonly string[]
}

export type MatchResult =
  | {
      readonly refused: false
      readonly program: RewardProgram
      readonly similarity: number
      readonly uncovered: readonly string[]
      readonly runnersUp: readonly TextMatch[]
    }
  /** Nothing is near enough; `runnersUp` are the nearest all the same. */
  | { readonly refused: true; readonly similarity: number; readonly runnersUp: readonly TextMatch[] }

/** Below this similarity the text is about something else. */
export const REFUSE_BELOW = 0.45
/** Who has chosen a robot, by name or by its environment, is talking to it; strange words count less then. */
const TO_A_ROBOT = 0.5
/** Directions exclude each other: asking for one, a program that gives another is wrong, however alike the rest. */
const DIRECTIONS = ['forward', 'backward', 'spin', 'flip', 'sway']
/** Of a thing that is handled they say how: 'slide the window open', 'swing the door shut'. */
const HANDLING = ['spin', 'sway']
const WRONG_WAY = 0.3
/** How, not what: 'the speed of light' and 'high interest' say no more than these, and are not about moving. */
const MANNERS = ['fast', 'far', 'high']
const ROBOTS: Readonly<Record<string, readonly string[]>> = {
  hopper: ['hopper'],
  cheetah: ['half-cheetah'],
  ant: ['ant', 'ant-maze'],
  pendulum: ['inverted-pendulum', 'inverted-double-pendulum', 'cartpole'],
  double: ['inverted-double-pendulum'],
  humanoid: ['humanoid', 'humanoid-standup', 'humanoid-pose'],
  walker: ['walker2d'],
  swimmer: ['swimmer'],
  arm: (
    'reacher pusher curling redundant-arm lift-cube pick-cube button-press door-close door-unlock door-pair drawer-close drawer-open ' +
    'drawer-pair handle-press handle-press-side sweep-into window-close window-open stack-cube turn-faucet ' +
    'open-cabinet-door open-cabinet-drawer push-chair cube-bin-pair'
  ).split(' '),
}
const WRONG_ROBOT = 0.2
/** 'Catch the ball with a net': that the program is about a ball too does not make it do that. */
const THINGS_ALONE = 0.6
/** What no program knows. It weighs more the more programs there are, as every concept does. */
const STRANGE = ''
/** Weight of a concept that no program knows, when the weights of strange words were chosen: there were ten programs. */
const UNIT = Math.log(11)

/** The program nearest to a text; `env` looks among that environment's programs only. */
export function matchText(
  text: string,
  programs: readonly RewardProgram[] = builtIn,
  env?: string,
): MatchResult {
  const library = libraryOf(programs)
  const asked = understand(text, library.own)
  const ranked = library.entries
    .filter(({ program }) => env === undefined || program.env === env)
    .map(entry => ({
      program: entry.program,
      similarity: similarity(asked, entry, library.weigh, env !== undefined),
      uncovered: uncoveredBy(asked, entry),
    }))
    // The sort is stable: of equals, the earlier program wins.
    .sort((a, b) => b.similarity - a.similarity)
  const [best, ...rest] = ranked
  if (best === undefined || best.similarity < REFUSE_BELOW) {
    return { refused: true, similarity: best?.similarity ?? 0, runnersUp: ranked }
  }
  return { refused: false, ...best, runnersUp: rest }
}

type Weigh = (concept: string) => number

/** What a concept that one program knows weighs, however many programs there are: strange words are weighed against it. */
const RAREST = 3
/** Of this weight, what a concept that all programs know would have. */
const COMMON = 0.3

/** A program as text sees it. */
interface Entry {
  readonly program: RewardProgram
  /** Concepts of each of its sentences. */
  readonly sentences: readonly ReadonlySet<string>[]
  /** Of all of them, and its robot. */
  readonly known: ReadonlySet<string>
}
interface Library {
  readonly entries: readonly Entry[]
  /** Words that the programs use and our lists do not hold. */
  readonly own: ReadonlySet<string>
  readonly weigh: Weigh
}

const libraries = new WeakMap<readonly RewardProgram[], Library>()

/** What the programs say of themselves, understood once. */
function libraryOf(programs: readonly RewardProgram[]): Library {
  const kept = libraries.get(programs)
  if (kept !== undefined) return kept
  const own = new Set(programs.flatMap(sentencesOf).flatMap(ownWords))
  const entries = programs.map(program => {
    const sentences = sentencesOf(program).map(sentence => understand(sentence, own).concepts)
    const robots = Object.keys(ROBOTS).filter(robot => ROBOTS[robot].includes(program.env ?? ''))
    return {
      program,
      sentences,
      known: new Set([...sentences.flatMap(concepts => [...concepts]), ...robots]),
    }
  })
  const made = { entries, own, weigh: conceptWeights(entries) }
  libraries.set(programs, made)
  return made
}

const sentencesOf = (program: RewardProgram): string[] => [
  program.about,
  ...program.phrases,
  `${program.name} ${program.env ?? ''}`.replaceAll('-', ' '),
]

/**
 * Rare concepts say more: inverse document frequency over the programs (Spärck Jones, 1972), as a share of the greatest
 * that is possible.
 */
function conceptWeights(entries: readonly Entry[]): Weigh {
  const seen = new Map<string, number>()
  for (const { known } of entries) {
    for (const concept of known) seen.set(concept, (seen.get(concept) ?? 0) + 1)
  }
  const rarest = Math.log(1 + entries.length)
  return concept => {
    const rarity = Math.log(1 + entries.length / Math.max(1, seen.get(concept) ?? 0)) / rarest
    return RAREST * (COMMON + (1 - COMMON) * rarity)
  }
}

const uncoveredBy = ({ parts }: Request, { known }: Entry): string[] =>
  parts.filter(({ concepts }) => !concepts.some(concept => known.has(concept))).map(({ said }) => said)

/** Who asks to run or to hurry, and says no more, does not mean backward. */
function meansForward(asked: ReadonlySet<string>): boolean {
  const going = ['run', 'walk', 'move', 'hop', 'fast', 'far'].some(concept => asked.has(concept))
  return asked.has('forward') || (going && !asked.has('backward'))
}

/** Weighted share of the request that the program covers, times how near its nearest phrase comes to it or to a clause of it. */
function similarity(
  request: Request,
  { program, sentences, known }: Entry,
  weigh: Weigh,
  chosen: boolean,
): number {
  const asked = request.concepts
  if (asked.size === 0) return 0
  const robots = Object.keys(ROBOTS).filter(robot => asked.has(robot))
  const about = [...asked].every(concept => MANNERS.includes(concept)) ? THING : 1
  const kept = chosen || robots.length > 0 ? TO_A_ROBOT : 1
  const strange = request.unknown * about * kept * (weigh(STRANGE) / UNIT)
  const shared = [...asked].filter(concept => known.has(concept))
  const covered = weightOf(shared, weigh) / (weightOf(asked, weigh) + strange)
  const handles = shared.some(concept => HANDLED.includes(concept))
  // Who asks for two things names the one that the program does as well as who asks for it alone; the other counts in the
  // share that is covered. With strange words about, one clause does not speak for the others.
  const said = request.unknown > 0 ? [asked] : [asked, ...request.clauses]
  const nearest = Math.max(
    ...sentences.flatMap(sentence => said.map(concepts => cosine(concepts, sentence, weigh))),
  )
  const goesWrong = (concepts: ReadonlySet<string>) =>
    DIRECTIONS.some(way => concepts.has(way) && !known.has(way) && !(handles && HANDLING.includes(way))) ||
    (meansForward(concepts) && known.has('backward'))
  // Of two things that are asked for, it may do one.
  const done = request.clauses.filter(concepts => [...concepts].some(concept => known.has(concept)))
  const wrongWay = done.length > 0 && request.clauses.length > 1 ? done.every(goesWrong) : goesWrong(asked)
  const wrongRobot =
    !chosen && robots.length > 0 && !robots.some(robot => ROBOTS[robot].includes(program.env ?? ''))
  const thingsAlone = request.unknown > 0 && shared.every(isThing)
  return (
    covered *
    (0.5 + 0.5 * nearest) *
    (wrongWay ? WRONG_WAY : 1) *
    (wrongRobot ? WRONG_ROBOT : 1) *
    (thingsAlone ? THINGS_ALONE : 1)
  )
}

function weightOf(concepts: Iterable<string>, weigh: Weigh): number {
  let sum = 0
  for (const concept of concepts) sum += weigh(concept)
  return sum
}

function cosine(a: ReadonlySet<string>, b: ReadonlySet<string>, weigh: Weigh): number {
  const square = (concepts: Iterable<string>) => {
    let sum = 0
    for (const concept of concepts) sum += weigh(concept) ** 2
    return sum
  }
  const product = square([...a].filter(concept => b.has(concept)))
  return product === 0 ? 0 : product / Math.sqrt(square(a) * square(b))
}
