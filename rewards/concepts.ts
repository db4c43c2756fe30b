/**
 * English about moving, as concepts: words that ask for the same thing count as the same. A plain word list beats a model
 * here: it answers at once, is the same everywhere, and what it does not know it can say that it does not know.
 */

/** Concept → base words; verbs are listed once and inflected by rule. */
const WORDS: Readonly<Record<string, string>> = {
  forward: 'forward forwards ahead onward onwards straight front advance proceed',
  backward:
    'backward backwards back rear rearward rearwards reverse retreat behind opposite backpedal withdraw rewind moonwalk',
  high: 'high height up upward upwards air airborne sky tall altitude vertical vertically',
  hop: 'hop jump leap bounce bound spring skip pogo vault trampoline',
  run: 'run sprint dash gallop race rush trot jog bolt canter flee scamper scoot zoom',
  walk: 'walk crawl creep march stroll step scuttle scurry stride amble trudge pace tread trek hike wander',
  move: 'move go travel drive locomote locomotion progress motion movement',
  fast: 'fast quick quickly speed rapid rapidly swift swiftly velocity hurry hasten speedy brisk briskly haste',
  far: 'far farther further distance',
  place: 'place spot stationary standstill',
  upright:
    'balance survive alive upright stable steady stabilise stabilize stability stand vertical erect upstanding',
  fall: 'fall drop topple tip collapse crash tumble stumble overturn',
  spin: 'spin round turn rotate twirl whirl pirouette circle revolve swivel yaw gyrate pivot rotation clockwise counterclockwise anticlockwise',
  flip: 'flip somersault roll cartwheel backflip frontflip tumble loop overturn acrobat acrobatic',
  sway: 'sway swing oscillate shuttle rock wiggle alternate shake slide wobble patrol rattle',
  hopper: 'hopper monopod',
  cheetah: 'cheetah cat',
  ant: 'ant quadruped spider insect',
  still: 'motionless immobile idle freeze',
  rest: 'rest relax',
  kneel: 'kneel knee knelt',
  lotus: 'lotus seated meditate meditation yoga',
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
  push: 'push shove nudge thrust',
  lift: 'lift pick hoist raise elevate',
  hold: 'hold carry grasp grab grip clasp clutch grapple',
  put: 'put insert place stow',
  cube: 'cube block box brick dice',
  object: 'cylinder object puck',
  climb: 'climb ascend mount',
  mountain: 'mountain hill peak summit flag slope valley uphill',
  touch: 'touch point tip fingertip',
  target: 'target goal destination mark marker aim',
  press: 'press depress squeeze',
  button: 'button switch doorbell buzzer',
  handle: 'handle lever knob',
  side: 'side beside sideways lateral',
  down: 'down downward downwards',
  open: 'open pull draw ajar',
  shut: 'shut close slam',
  door: 'door cupboard',
  drawer: 'drawer',
  window: 'window pane',
  unlock: 'unlock lock crank',
  sweep: 'sweep brush',
  hole: 'hole pit',
  stack: 'stack pile tower',
  faucet: 'faucet tap spigot valve',
  cabinet: 'cabinet',
  chair: 'chair stool seat armchair',
  bin: 'bin basket bucket container',
  alternate: 'turns alternate alternately repeat repeatedly cycle',
  lie: 'lie lay sprawl recline crouch flatten flat prone',
  supine: 'supine',
  belly: 'belly stomach tummy',
  wave: 'wave greet salute hello waggle beckon',
  leg: 'leg limb paw foot feet',
  frontflip: 'frontflip',
  backflip: 'backflip',
  maze: 'maze labyrinth corridor wall',
  car: 'car vehicle',
}

/** Phrases that mean more than their words; longest first where one holds another. */
const PHRASES: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  // A comparison says how, not what: 'like the wind', 'as high as a kangaroo'.
  [/\b(like|as) (the|a|an) (\w+)/g, ''],
  [/\b(lie|lying|rest|resting|over|down)? ?(on|onto) (its|your|the|his|her|their) back\b/g, 'lie supine'],
  [/\b(upside down|belly up|(leg|foot|feet|paw)s? (up )?in the air)\b/g, 'lie supine'],
  [/\b(its|his|her|their|the) back\b/g, ''],
  [/\bback(s|ing|ed)? (up|away|off)\b/g, 'backward'],
  [/\b\d+ (step|second|minute|meter|metre|time)s?\b/g, ''],
  [/\bhead over heels\b/g, 'somersault'],
  [/\b(back|backward|backwards|reverse)[- ](flip|somersault|tuck)(s|ping|ped)?\b/g, 'backward backflip'],
  [
    /\b(flip|somersault|turn|roll|tumble)(s|ping|ing|ped|ed)?( over)? (back|backward|backwards)\b/g,
    'backward backflip',
  ],
  [/\b(front|forward|forwards)[- ](flip|somersault|tuck|roll)(s|ping|ped)?\b/g, 'forward frontflip'],
  [/\b(flip|somersault|turn|roll|tumbl)(e|es|s|ping|ing|ped|ed)? over forwards?\b/g, 'forward frontflip'],
  [/\b(flip|somersault|roll|tumbl)(e|es|s|ping|ing|ped|ed)? forwards?\b/g, 'forward frontflip'],
  [/\b(roll|turn|flip|tumble)(s|ing|ed|ping|ped)? over\b/g, 'somersault'],
  [/\b(side to side|to and fro|back and forth|left and right|right and left)\b/g, 'sway'],
  [/\b(up and down|straight up(wards?)?)\b/g, 'vertically'],
  [/\b(in|on) (the same|one|a single|its|the) (place|spot)\b/g, 'stationary'],
  [/\b(in|on) place\b/g, 'stationary'],
  [/\b(wav(e|es|ing)) (\w+ ){0,3}(leg|foot|limb)s?\b/g, 'wave leg'],
  [
    /\b(lift|raise)(s|d|ed|ing)? (one|a|its|your|the) (of (its|your|the) )?(\w+ )?(leg|foot|limb)s?\b/g,
    'wave leg',
  ],
  [/\bone[- ]legged\b|\bon (one|a single|only one) leg\b/g, 'hopper'],
  [/\b(one|single)[- ]leg(ged|s)?\b/g, 'hopper leg'],
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
  [
    /\b((inverted[- ])?double[- ]pendulum|(two|both) (of the )?(poles|pendulums))\b/g,
    'pendulum doublependulum',
  ],
  [/\binverted[- ]pendulum\b/g, 'pendulum'],
  [/\b(get|stand|rise) (up|(on|to) (its|your|his|her) feet)\b/g, 'getup'],
]

/** Words that carry no request. */
const STOPWORDS = new Set(
  (
    'a an the it its this that these those i you he she they we me my your their our and or but so as at by for from in into of on to ' +
    'with be is are was were am been being do does did done can could may might will would shall should must have has had ' +
    'make makes making made let lets keep keeps keeping kept get gets getting want wants need needs like please try tries ' +
    'onto off out away first two three four half double single own through forth fro pair reach bring take leave robot agent body creature floor ground water table chest gripper just very much more most many possible possibly maximum reach stay stays staying continuous continuously constantly forever always able maximise maximize best while when ' +
    'if then than where all any each every other there here over along around about again across between both towards toward together who which what how long hard well good ' +
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
const ROBOTS = 'hopper cheetah ant pendulum double humanoid walker swimmer arm car maze mountain'.split(' ')
/** What an arm handles. */
export const HANDLED: readonly string[] =
  'cube object button handle door drawer window hole faucet cabinet chair bin'.split(' ')
/** Who or what it is about stays so, also where it is denied that anything should happen to it. */
const THINGS = new Set([...ROBOTS, ...HANDLED])
/** A thing, not what happens to it; words that our lists do not hold are taken for things. */
export const isThing = (concept: string): boolean => THINGS.has(concept) || concept.startsWith('=')
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
  const listed = new Set(Object.values(WORDS).flatMap(words => words.split(' ')))
  for (const [concept, words] of Object.entries(WORDS)) {
    for (const word of words.split(' ')) {
      for (const form of new Set(inflections(word))) {
        // A drawer is not somebody who draws.
        if (form !== word && listed.has(form)) continue
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
    // Inflected, it would be near other words.
    ['lying', 'lie'],
    ['sit', 'seated'],
    ['sits', 'seated'],
    ['sitting', 'seated'],
  ]) {
    lexicon.set(form, lexicon.get(base) ?? [])
  }
  return lexicon
})()

/** A word or a phrase of a sentence that is no mere grammar. */
export interface Part {
  /** As it was said, in lower case. */
  readonly said: string
  /** What it asks for: none when we do not know the word, or when it is denied and has no opposite. */
  readonly concepts: readonly string[]
}

/** What a sentence asks for. */
export interface Request {
  readonly concepts: ReadonlySet<string>
  readonly parts: readonly Part[]
  /** Concepts of each thing that is asked for: 'spin and then lie down' asks for two. Fewer than two where it is one. */
  readonly clauses: readonly ReadonlySet<string>[]
  /** How much of the sentence is about something else. */
  readonly unknown: number
}

/** 'run the dishwasher': a thing that something is done to is what the sentence is about; so is all of 'climb in and read'. */
export const THING = 4
/** 'run happily', 'run through the park': how or where, which changes little. */
const MANNER = 1
const DETERMINERS = /^(the|a|an|my|your|our|his|her|their|this|that|some)$/
const PREPOSITIONS =
  /^(to|across|along|in|into|on|onto|at|over|within|through|off|of|from|for|by|with|around|towards?|like)$/
/** Something else begins. */
const BREAK = /^([.,;:!?]|and|but|while)$/

/** Where a phrase stood in the text: one character of Unicode's private use area for each. */
const FIRST_PHRASE = 0xe000
const TOKENS = /[\ue000-\uf8ff]|[a-z']+|[.,;:!?]/g

/** `own`: words (as `stemOf` gives them) that the programs use of their own, each a concept by itself. */
export function understand(text: string, own: ReadonlySet<string> = new Set()): Request {
  const phrases: { readonly said: string; readonly meaning: string }[] = []
  let plain = ` ${text.toLowerCase().replace(/[’`]/g, "'")} `
  for (const [pattern, meaning] of PHRASES) {
    plain = plain.replace(pattern, said => {
      phrases.push({ said: said.trim(), meaning })
      return ` ${String.fromCharCode(FIRST_PHRASE + phrases.length - 1)} `
    })
  }
  const concepts = new Set<string>()
  const parts: Part[] = []
  const clauses: Set<string>[] = [new Set()]
  let unknown = 0
  /** In the clause so far. */
  let strange = 0
  const endClause = () => {
    const isStrange = strange > 0 && clauses.at(-1)?.size === 0
    unknown += isStrange ? Math.max(THING, strange) : strange
    strange = 0
  }
  let denied = 0
  let holding = false
  let [before, previous] = ['', '']
  for (const token of plain.match(TOKENS) ?? []) {
    const phrase = phrases[token.charCodeAt(0) - FIRST_PHRASE]
    // 'Keep it from falling' denies as 'don't let it fall' does.
    if (/^keep|^stop|^prevent/.test(token)) holding = true
    const denies = NEGATIONS.has(token) || (holding && token === 'from')
    if (denies) denied = REACH
    if (BREAK.test(token)) denied = 0
    if (BREAK.test(token) || token === 'then') {
      endClause()
      clauses.push(new Set())
    }
    const word = token.replace(/^'+|'\w{0,2}$/g, '')
    const words = phrase === undefined ? [word] : phrase.meaning.split(' ')
    const meanings = denies ? [] : words.map(each => meaningOf(each, own))
    const asked = meanings
      .flatMap(meant => meant ?? [])
      .flatMap(concept => (denied === 0 || THINGS.has(concept) ? concept : (OPPOSITES[concept] ?? [])))
    for (const concept of asked) {
      concepts.add(concept)
      clauses.at(-1)?.add(concept)
    }
    const isThing = DETERMINERS.test(previous) && !PREPOSITIONS.test(before)
    const isUnknown = meanings.includes(undefined)
    if (isUnknown && denied === 0) strange += isThing ? THING : MANNER
    if (isUnknown || meanings.some(meant => meant !== undefined && meant.length > 0))
      parts.push({ said: phrase?.said ?? word, concepts: asked })
    if (denied > 0 && !denies) denied--
    before = previous
    previous = word
  }
  endClause()
  return { concepts, parts, clauses: clauses.filter(({ size }) => size > 0), unknown }
}

/** Concepts of a word: none for one that carries no request, undefined for one we don't know. */
function meaningOf(word: string, own: ReadonlySet<string>): readonly string[] | undefined {
  if (!/^[a-z]{2,}/.test(word) || STOPWORDS.has(word)) return []
  const known = LEXICON.get(word)
  if (known !== undefined) return known
  const stem = stemOf(word)
  if (own.has(stem)) return [`=${stem}`]
  if (word.length < 6) return undefined
  for (const [form, concepts] of LEXICON) if (isSlip(word, form)) return concepts
  return undefined
}

/** Words of a text that are neither grammar nor in the lists above, so that they may be told apart from strange ones. */
export const ownWords = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z]+/g) ?? [])
    .filter(word => word.length > 2 && !STOPWORDS.has(word) && !NEGATIONS.has(word) && !LEXICON.has(word))
    .map(stemOf)

/** Without its ending, roughly: 'corners' and 'cornering' are one word. */
const stemOf = (word: string): string => word.replace(/(?<=..[a-z])(ing|ed|es|er|s|e)$/, '')

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
