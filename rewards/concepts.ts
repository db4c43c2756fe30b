/**
 * English about moving, as concepts: words that ask for the same thing count as the same. A plain word list beats a model
 * here: it answers at once, is the same everywhere, and what it does not know it can say that it does not know.
 */

/** Concept → base words; verbs are listed once and inflected by rule. */
const WORDS: Readonly<Record<string, string>> = {
  forward: 'forward forwards ahead onward onwards straight front advance proceed',
  backward:
    'backward backwards back rear rearward rearwards reverse retreat behind opposite backpedal withdraw rewind moonwalk',
  high: 'high height up upward upwards air airborne sky tall altitude vertical vertically lift rise',
  hop: 'hop jump leap bounce bound spring skip pogo vault trampoline',
  run: 'run sprint dash gallop race rush trot jog bolt canter flee scamper scoot zoom',
  walk: 'walk crawl creep march stroll step scuttle scurry stride amble trudge pace',
  move: 'move go travel drive locomote locomotion progress motion movement',
  fast: 'fast quick quickly speed rapid rapidly swift swiftly velocity hurry hasten speedy brisk briskly',
  far: 'far farther further distance',
  place: 'place spot stationary standstill',
  upright: 'balance survive alive upright stable steady stabilise stabilize stability stand vertical erect',
  fall: 'fall drop topple tip collapse crash tumble stumble',
  spin: 'spin round turn rotate twirl whirl pirouette circle revolve swivel yaw gyrate pivot rotation clockwise counterclockwise anticlockwise',
  flip: 'flip somersault roll cartwheel backflip frontflip tumble loop overturn',
  sway: 'sway swing oscillate shuttle rock wiggle alternate shake slide wobble patrol',
  hopper: 'hopper monopod',
  cheetah: 'cheetah cat',
  ant: 'ant quadruped spider insect',
  still: 'motionless immobile idle freeze',
  kneel: 'kneel knee knelt',
  lotus: 'lotus seated meditate',
  arms: 'arm hand elbow akimbo',
  overhead: 'overhead',
  splits: 'split straddle',
  hips: 'hip waist akimbo',
  cross: 'cross',
  pendulum: 'pendulum pole stick rod cart rail track beam cartpole',
  double: 'doublependulum',
  humanoid: 'humanoid human person man',
  walker: 'walker biped',
  swimmer: 'swimmer',
  arm: 'arm manipulator',
  swim: 'swim undulate wriggle paddle',
  rise: 'getup',
  push: 'push shove nudge',
  lift: 'lift pick hoist raise',
  hold: 'hold carry grasp grab grip',
  put: 'put insert',
  cube: 'cube block',
  object: 'cylinder object puck',
  climb: 'climb ascend',
  mountain: 'mountain hill peak summit flag',
  touch: 'touch point tip fingertip',
  target: 'target goal',
  press: 'press depress',
  button: 'button',
  handle: 'handle lever',
  side: 'side beside',
  down: 'down downward downwards',
  open: 'open pull draw',
  shut: 'shut close',
  door: 'door cupboard',
  drawer: 'drawer',
  window: 'window pane',
  unlock: 'unlock lock crank',
  sweep: 'sweep',
  hole: 'hole',
  stack: 'stack pile',
  faucet: 'faucet tap',
  cabinet: 'cabinet',
  chair: 'chair',
  bin: 'bin basket',
  alternate: 'turns alternate alternately',
}

/** Phrases that mean more than their words; longest first where one holds another. */
const PHRASES: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  // A comparison says how, not what: 'like the wind', 'as high as a kangaroo'.
  [/\b(like|as) (the|a|an) (\w+)/g, ''],
  [/\b(its|his|her|their|the) back\b/g, ''],
  [/\b\d+ (step|second|minute|meter|metre|time)s?\b/g, ''],
  [/\bhead over heels\b/g, 'somersault'],
  [/\b(roll|turn|flip|tumble)(s|ing|ed)? over\b/g, 'somersault'],
  [/\b(side to side|to and fro|back and forth|left and right|right and left)\b/g, 'sway'],
  [/\bup and down\b/g, 'vertically'],
  [/\b(in|on) (the same|one|a single|its|the) (place|spot)\b/g, 'stationary'],
  [/\b(in|on) place\b/g, 'stationary'],
  [/\b(one|single)[- ]leg(ged|s)?\b/g, 'hopper'],
  [/\b(two|2)[- ]leg(ged|s)?\b/g, ''],
  [/\b(four|4)[- ]leg(ged|s)?\b/g, 'ant'],
  [/\b(rear|tail|butt|behind) first\b/g, 'backward'],
  [/\b(nose|face|head) first\b/g, 'forward'],
  [/\b(cover|covers|covering) (\w+ ){0,2}ground\b/g, 'distance'],
  [/\b(leave|leaves|leaving|off) the ground\b/g, 'airborne'],
  [/\b(stand|stay|sit|lie)(s|ing)? (perfectly |completely |quite )?still\b/g, 'motionless'],
  [/\b(full|top|high|maximum) (speed|velocity)\b/g, 'fast'],
  [/\b(arm|hand)s (\w+ )?(raised|up)\b/g, 'arm overhead'],
  [
    /\b(raise|lift)(s|d|ed|ing)? (both |your |the |its )?(arm|hand)s( up| above (\w+ )?head)?\b/g,
    'arm overhead',
  ],
  [/\bfold(ed|ing)? (your |the |its )?arms\b/g, 'arm cross'],
  [/\bcross[- ]legged\b/g, 'lotus'],
  [/\bhalf[- ]cheetah\b/g, 'cheetah'],
  [/\binverted[- ](double[- ])?pendulum\b/g, '$1pendulum'],
  [/\b(double pendulum|(two|both) (of the )?(poles|pendulums))\b/g, 'pendulum doublependulum'],
  [/\b(get|stand|rise) (up|(on|to) (its|your|his|her) feet)\b/g, 'getup'],
]

/** Words that carry no request. */
const STOPWORDS = new Set(
  (
    'a an the it its this that these those i you he she they we me my your their our and or but so as at by for from in into of on to ' +
    'with be is are was were am been being do does did done can could may might will would shall should must have has had ' +
    'make makes making made let lets keep keeps keeping kept get gets getting want wants need needs like please try tries ' +
    'robot agent body creature just very much more most many possible possibly maximum reach stay stays staying continuous continuously constantly forever always able maximise maximize best while when ' +
    'if then than all any each every other there here over along around about again across between both towards toward together who which what how long hard well good ' +
    'up-to able using use one direction way learn learns teach train still left right'
  ).split(' '),
)

/** The next words ask for what should not happen. */
const NEGATIONS = new Set(
  "not no never without avoid avoids avoiding don't dont doesn't doesnt cannot can't cant prevent prevents stop stops nor neither".split(
    ' ',
  ),
)
/** What a denied concept asks for instead; the others, denied, ask for nothing. */
const OPPOSITES: Readonly<Record<string, string>> = {
  fall: 'upright',
  flip: 'upright',
  move: 'place',
  forward: 'place',
  walk: 'place',
  far: 'place',
}
/** Words that a denial reaches. */
const REACH = 4

/** The usual inflections of an English word; forms that do not exist do no harm. */
function* inflections(word: string): Generator<string> {
  const stem = word.replace(/e$/, '')
  const last = word.slice(-1)
  const doubled = /[aeiou][bdgmnprt]$/.test(word) ? word + last : stem
  yield word
  yield /(s|x|z|ch|sh|o)$/.test(word) ? `${word}es` : `${word}s`
  for (const ending of ['ed', 'ing', 'er', 'est']) {
    yield stem + ending
    yield doubled + ending
  }
  if (last === 'y') for (const ending of ['ies', 'ied', 'ier']) yield word.slice(0, -1) + ending
}

const LEXICON: ReadonlyMap<string, readonly string[]> = (() => {
  const lexicon = new Map<string, string[]>()
  for (const [concept, words] of Object.entries(WORDS)) {
    for (const word of words.split(' ')) {
      for (const form of new Set(inflections(word))) {
        const known = lexicon.get(form) ?? []
        if (!known.includes(concept)) lexicon.set(form, [...known, concept])
      }
    }
  }
  for (const [form, base] of [
    ['ran', 'run'],
    ['went', 'go'],
    ['stood', 'stand'],
    ['fell', 'fall'],
    ['swung', 'swing'],
    ['spun', 'spin'],
  ]) {
    lexicon.set(form, lexicon.get(base) ?? [])
  }
  return lexicon
})()

/** What a sentence asks for. */
export interface Request {
  readonly concepts: ReadonlySet<string>
  /** How much of the sentence is about something else. */
  readonly unknown: number
}

/** 'run the dishwasher': a thing that something is done to is what the sentence is about. */
export const THING = 4
/** 'run happily', 'run through the park': how or where, which changes little. */
const MANNER = 1
const DETERMINERS = /^(the|a|an|my|your|our|his|her|their|this|that|some)$/
const PREPOSITIONS =
  /^(to|across|along|in|into|on|onto|at|over|within|through|off|of|from|for|by|with|around|towards?|like)$/

export function understand(text: string): Request {
  let plain = ` ${text.toLowerCase().replace(/[’`]/g, "'")} `
  for (const [pattern, meaning] of PHRASES) plain = plain.replace(pattern, ` ${meaning} `)
  const concepts = new Set<string>()
  let unknown = 0
  let denied = 0
  let holding = false
  let [before, previous] = ['', '']
  for (const token of plain.match(/[a-z']+|[.,;:!?]/g) ?? []) {
    // 'Keep it from falling' denies as 'don't let it fall' does.
    if (/^keep|^stop|^prevent/.test(token)) holding = true
    const denies = NEGATIONS.has(token) || (holding && token === 'from')
    if (denies) denied = REACH
    if (/^([.,;:!?]|and|but|while)$/.test(token)) denied = 0
    const word = token.replace(/^'+|'\w{0,2}$/g, '')
    const meant = denies ? [] : meaningOf(word)
    for (const concept of meant ?? []) {
      const wanted = denied === 0 ? concept : OPPOSITES[concept]
      if (wanted !== undefined) concepts.add(wanted)
    }
    const isThing = DETERMINERS.test(previous) && !PREPOSITIONS.test(before)
    if (meant === undefined && denied === 0) unknown += isThing ? THING : MANNER
    if (denied > 0 && !denies) denied--
    before = previous
    previous = word
  }
  return { concepts, unknown }
}

/** Concepts of a word: none for one that carries no request, undefined for one we don't know. */
function meaningOf(word: string): readonly string[] | undefined {
  if (!/^[a-z]{2,}/.test(word) || STOPWORDS.has(word)) return []
  const known = LEXICON.get(word)
  if (known !== undefined || word.length < 6) return known
  for (const [form, concepts] of LEXICON) if (isSlip(word, form)) return concepts
  return undefined
}

/** One letter wrong, missing, too many, or two swapped. */
function isSlip(word: string, meant: string): boolean {
  let start = 0
  while (start < meant.length && word[start] === meant[start]) start++
  let end = 0
  while (end < Math.min(word.length, meant.length) - start && word.at(-1 - end) === meant.at(-1 - end)) end++
  const [had, wanted] = [word, meant].map(text => text.slice(start, text.length - end))
  return (
    (had.length <= 1 && wanted.length <= 1) || (had.length === 2 && had === [...wanted].reverse().join(''))
  )
}
