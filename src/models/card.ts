/** The model card: what the model is, how it was made, what it can do and what it cannot. */
import { EMBEDDED_MODEL } from '../core/vision.ts'
import { captionCount } from './captions.ts'
import type { Evaluation } from './evaluation.ts'
import { EMBEDDING, IMAGE_SIZE, TEXT_LENGTH } from './network.ts'
import type { PoseScore } from './poseRewards.ts'
import type { Retrieval } from './retrieval.ts'
import { HELD_OUT_ENV, SCENES } from './statements/index.ts'
import type { Recipe, Trained } from './training.ts'

const percent = (share: number): string => `${Math.round(100 * share)} %`
const list = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

/** `cpuSeconds` of training, without the pictures. */
export function modelCard(
  recipe: Recipe,
  { net, steps, tokenizer }: Trained,
  { retrieval, poses }: Evaluation,
  cpuSeconds: number,
): string {
  const { images, texts } = recipe.shape
  const statements = SCENES.reduce((sum, scene) => sum + scene.statements.length, 0)
  return `# ${EMBEDDED_MODEL}

A small dual encoder of pictures and texts, for rewards from pictures that need no network, no key and no graphics card.
It knows the environments of this package, drawn by its own renderer, and the ${tokenizer.vocabulary.length} words and word
parts in \`tokenizer.json\`; it knows nothing else. It is no foundation model: what it says of anything else means
nothing. A word that is not in \`lexicon.json\` is a word it never saw.

## How it was made

\`carrot models train --seed ${recipe.seed} --frames ${recipe.frames} --steps ${recipe.steps}\` made these files (${steps} steps,
${Math.round(cpuSeconds / 60)} CPU minutes on one core for the training and the searches below, ${images} pictures and ${texts} captions a step). The same code on the same
kind of machine makes the same again, to the bit; a change in the order of arithmetic makes others.

- ${recipe.frames} pictures of ${IMAGE_SIZE} × ${IMAGE_SIZE} pixels, of all environments but \`${HELD_OUT_ENV}\`: states visited by play, and
  states put together (near keyframes, between them, at random joint angles), in varied colours, light and views. More than half
  of the pictures have the environment's own look; half show it through one of its cameras, unmoved.
- ${recipe.hard.after.length} times ${recipe.hard.frames} pictures more of the humanoid, made while training went on (after ${list(recipe.hard.after.map(percent))} of
  the steps): postures that the model so far took for one of the eight goals and that are not it, found by evolution through
  the cameras that rewards use (${recipe.hard.searches} searches for each goal, each with a text of training). A policy finds such postures too.
- ${statements} statements about states, each with a degree from 0 to 1 computed from the simulator's signals, said in about
  ${captionCount(SCENES).toExponential(0).replace('e+', ' · 10^')} ways. Degrees fall off with the distance from where the statement holds, so
  that a reward rises all along the way to a goal.
- Loss: for every pair of a picture and a caption of a step, the cross-entropy between the degree and a sigmoid of their
  cosine times a learned temperature; the same for a learned vector of every statement, which its captions are drawn to.

Vision tower: patches joined in three steps, a transformer block, and two layers over all places; ${net.visionSize} parameters. Text tower: a transformer block over
${TEXT_LENGTH} tokens, ${net.textSize} parameters. Embeddings have ${EMBEDDING} numbers.

## Finding the right caption

On pictures that training never saw: one caption that is true (degree 0.9 or more) among up to nine that are false
(0.35 or less), all of the same kind of scene. Held-out phrasings and subjects were in no training caption.

${table(
  ['pictures and phrasings', 'questions', 'right', 'guessing'],
  retrieval.map(({ name, questions, caption, chance }: Retrieval) => [
    name,
    String(questions),
    percent(caption),
    percent(chance),
  ]),
)}

## Rewards for the eight poses of humanoid-pose

EPIC distance √((1 − ρ)/2) between the goal–baseline reward (goal: the prompt of the published study; baseline "a humanoid
robot") and the pose's own predicate, 0 equal, 0.71 unrelated, seen by the environment's camera \`vlm\`, on states that
training never saw: all that are in the pose, and as many that are not. "All states": α 0 on everything they were drawn
from, where few are in any one pose; a reward that rises smoothly towards a goal cannot be near 0 there. "Untrained": the
same network with random parameters. "Way": rank correlation of the reward with progress along a straight path of joint
angles from standing to the goal; "dip": the largest fall on that way, in parts of the rise.

${table(
  [
    'pose',
    'states in it',
    'EPIC, α 0',
    'EPIC, α 0.5',
    'untrained',
    'all states',
    'way',
    'dip',
    'above near miss',
    'prompt best at goal',
  ],
  poses.map((p: PoseScore) => [
    p.goal,
    String(p.held),
    p.epic.toFixed(3),
    p.epicHalf.toFixed(3),
    p.untrained.toFixed(3),
    p.epicAll.toFixed(3),
    p.way.toFixed(2),
    p.dip.toFixed(2),
    p.overMiss ? 'yes' : 'no',
    p.overOthers ? 'yes' : 'no',
  ]),
)}

Published, on other states and labels, for kneeling: about 0.6 for CLIP RN50 and 0.3 to 0.35 for ViT-bigG-14 (Rocamonde et
al., ICLR 2024, read off their figure 4). Those models were never shown a simulator; this one has seen little else. The
numbers say whether a reward can be learned from, not which model understands more.

## What it cannot do

- Anything outside its words and its environments. Other renderers, other robots and photographs are foreign to it: of
  \`${HELD_OUT_ENV}\`, which it never saw, it knows little, as the table says.
- New words for a pose: it understands phrasings that are like those of training, held-out ones less well.
- Speeds: a frame shows none. "Falling" and "in the air" are the same to it.
- Details of a few pixels at this size: where hands are is seen less well than how a body stands.
- Statements were written by hand; what they miss, it never learned.
`
}
