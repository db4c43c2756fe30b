/**
 * The two towers. An image [3, 80, 80] and a text of 20 tokens become unit vectors of 128 numbers; those of a caption and
 * of a picture it is true of point the same way.
 *
 * Shapes: B images, T texts, L tokens of a text, S statements of all scenes, E width of an embedding, P parameters.
 */
import type { Rng } from '../core/rng.ts'
import { softplus } from '../graph/functions.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { adam, type Blocks, clipGlobalNorm, filled, ParameterLayout } from '../graph/layers.ts'
import { embedding, layerNorm, linear, transformerBlock } from '../graph/networks.ts'

export const IMAGE_SIZE = 80
export const TEXT_LENGTH = 20
export const EMBEDDING = 128
/** The image is cut into squares of this side; then squares of 2 × 2 neighbours are joined, twice: all are products of large matrices. */
const PATCH = 4
/** Numbers of a patch, and of what is joined, and how many of them lie along a side. */
const WIDTHS = [64, 96, 128] as const
const SIDES = WIDTHS.map((_, i) => IMAGE_SIZE / PATCH / 2 ** i)
const PLACES = SIDES[SIDES.length - 1] ** 2
const VISION = { width: 128, heads: 4 } as const
const VISION_BLOCKS = 1
/** Numbers of each place from which the embedding is made: pose is a matter of where things are. */
const PLACE_WIDTH = 32
const HIDDEN = 256
const TEXT = { width: 96, heads: 4 } as const
const TEXT_BLOCKS = 1
/** Hides a position from attention. */
const HIDDEN_SCORE = -1e4

export interface Towers {
  readonly layout: ParameterLayout
  /** Blocks of the layout below this offset are the vision tower's. */
  readonly visionSize: number
  /** Parameters of the text tower, which come next. */
  readonly textSize: number
  /** S */
  readonly statements: number
  /** [B, 3, 80, 80], normalised → [B, E], unit length. */
  readonly vision: (pixels: Tensor, blocks: Blocks) => Tensor
  /** [T, L] → [T, E], unit length; 0 fills up. */
  readonly text: (ids: Tensor, blocks: Blocks) => Tensor
}

/** `vocabulary` tokens, and `statements` that texts say in many ways. */
export function towers(vocabulary: number, statements: number): Towers {
  const layout = new ParameterLayout()
  const vision = visionTower(layout)
  const visionSize = layout.size
  const text = textTower(layout, vocabulary)
  const textSize = layout.size - visionSize
  layout.add('statements', [statements, EMBEDDING], (shape, rng) =>
    Float32Array.from({ length: shape[0] * shape[1] }, () => rng.normal()),
  )
  layout.add('scale', [1], filled(Math.log(10)))
  layout.add('bias', [1], filled(-1.5))
  return { layout, visionSize, textSize, statements, vision, text }
}

function visionTower(layout: ParameterLayout): Towers['vision'] {
  const stem = WIDTHS.map((width, i) => ({
    join: linear(layout, `vision.stem.${i}`, i === 0 ? 3 * PATCH * PATCH : 4 * WIDTHS[i - 1], width),
    norm: layerNorm(layout, `vision.stem.${i}.norm`, width),
  }))
  layout.add('vision.places', [PLACES, VISION.width], shape => new Float32Array(shape[0] * shape[1]))
  const blocks = Array.from({ length: VISION_BLOCKS }, (_, i) =>
    transformerBlock(layout, `vision.block.${i}`, VISION),
  )
  const norm = layerNorm(layout, 'vision.norm', VISION.width)
  const narrow = linear(layout, 'vision.narrow', VISION.width, PLACE_WIDTH)
  const mix = linear(layout, 'vision.mix', PLACES * PLACE_WIDTH, HIDDEN)
  const out = linear(layout, 'vision.out', HIDDEN, EMBEDDING)
  return (pixels, p) => {
    const B = pixels.shape[0]
    const seen = stem.reduce(
      (h, { join, norm }, i) => {
        const apart = i === 0 ? squares(h, PATCH) : squares(h, 2)
        return norm(join(apart, p), p).relu()
      },
      pixels.transpose([0, 2, 3, 1]),
    )
    const tokens = seen.reshape([B, PLACES, VISION.width]).add(p['vision.places'])
    const mixed = norm(
      blocks.reduce((h, block) => block(h, p), tokens),
      p,
    )
    const flat = narrow(mixed, p).reshape([B, PLACES * PLACE_WIDTH])
    return unit(out(mix(flat, p).relu(), p))
  }
}

/** Joins squares of `side` × `side` places: [B, H, W, C] → [B, H / side, W / side, side · side · C]. */
function squares(x: Tensor, side: number): Tensor {
  const [B, H, W, C] = x.shape
  return x
    .reshape([B, H / side, side, W / side, side, C])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([B, H / side, W / side, side * side * C])
}

function textTower(layout: ParameterLayout, vocabulary: number): Towers['text'] {
  const words = embedding(layout, 'text.words', vocabulary, TEXT.width)
  layout.add('text.order', [TEXT_LENGTH, TEXT.width], shape => new Float32Array(shape[0] * shape[1]))
  const blocks = Array.from({ length: TEXT_BLOCKS }, (_, i) =>
    transformerBlock(layout, `text.block.${i}`, TEXT),
  )
  const norm = layerNorm(layout, 'text.norm', TEXT.width)
  const out = linear(layout, 'text.out', TEXT.width, EMBEDDING)
  return (ids, p) => {
    const [T, L] = ids.shape
    const there = ids.greater(0.5)
    const mask = there.sub(1).mul(-HIDDEN_SCORE).reshape([T, 1, 1, L])
    // Embeddings start small so that their gradient is not; brought to the size that the blocks expect.
    const start = words(ids, p).mul(20).add(p['text.order'])
    const mixed = norm(
      blocks.reduce((h, block) => block(h, p, mask), start),
      p,
    )
    const weights = there.reshape([T, L, 1])
    const mean = mixed
      .mul(weights)
      .sum([1])
      .div(there.sum([1], true).max(1))
    return unit(out(mean, p))
  }
}

const unit = (x: Tensor): Tensor => x.div(x.square().sum([-1], true).add(1e-12).sqrt())

export interface StepShape {
  /** B and T. */
  readonly images: number
  readonly texts: number
}

/**
 * One step of training, from loss to AdamW. Inputs: pixels [B, 3, 80, 80]; ids [T, L] of captions; said [T], the
 * statement that each caption says; degrees and weights [B, S] of all statements about all pictures, learningRate [].
 *
 * Every pair of a picture and a caption is a question of its own, how far the one is true of the other, answered by a
 * sigmoid of their cosine times a learned temperature (Zhai et al., "Sigmoid loss for language image pre-training", ICCV
 * 2023), with degrees in place of yes and no. Each statement has a vector of its own besides, asked about in every step
 * without any words: that teaches the eyes more per step than a few captions do, and the captions are drawn to it.
 */
export function trainingGraph(net: Towers, { images, texts }: StepShape, decay: number): Graph {
  const g = new Graph('dual-encoder-training')
  const { layout, statements } = net
  const params = g.state('params', [layout.size])
  const p = layout.tensors(params)
  const degrees = g.input('degrees', [images, statements])
  const weights = g.input('weights', [images, statements])
  const said = g.input('said', [texts])
  const learningRate = g.input('learningRate', [])
  const seen = net.vision(g.input('pixels', [images, 3, IMAGE_SIZE, IMAGE_SIZE]), p)
  const captions = net.text(g.input('ids', [texts, TEXT_LENGTH]), p)
  const meanings = unit(p.statements)

  const about = (table: Tensor): Tensor => table.transpose().gather(said).transpose()
  const answer = (vectors: Tensor, wanted: Tensor, weight: Tensor): Tensor => {
    const scores = seen.matmul(vectors, { transposeB: true }).mul(p.scale.exp()).add(p.bias)
    const losses = softplus(scores).sub(scores.mul(wanted))
    return losses.mul(weight).sum().div(weight.sum())
  }
  const captionLoss = answer(captions, about(degrees), about(weights))
  const statementLoss = answer(meanings, degrees, weights)
  const meant = meanings.stopGradient().gather(said)
  const wording = captions.sub(meant).square().sum([1]).mean()
  const loss = captionLoss.add(statementLoss).add(wording.mul(WORDING))

  const { gradient, norm } = clipGlobalNorm(g.grad(loss, [params])[0], 1)
  adam(g, params, gradient, learningRate, { beta2: 0.98, decay })
  const figures = { captionLoss, statementLoss, wording, gradNorm: norm }
  for (const [name, value] of Object.entries(figures)) g.output(name, value)
  return g
}
/** Weight of how far captions are from what they say. */
const WORDING = 0.5

/** Input pixel_values [B, 3, 80, 80], output image_embeds [B, E]; the parameters are constants. */
export function visionGraph({ layout, vision }: Towers, params: Float32Array, images = 1): Graph {
  const g = new Graph('vision')
  const blocks = layout.tensors(g.constant(params))
  g.output('image_embeds', vision(g.input('pixel_values', [images, 3, IMAGE_SIZE, IMAGE_SIZE]), blocks))
  return g
}

/** Input input_ids [T, L], output text_embeds [T, E]. */
export function textGraph({ layout, text }: Towers, params: Float32Array, texts = 1): Graph {
  const g = new Graph('text')
  const blocks = layout.tensors(g.constant(params))
  g.output('text_embeds', text(g.input('input_ids', [texts, TEXT_LENGTH]), blocks))
  return g
}

export const initialise = ({ layout }: Towers, rng: Rng): Float32Array => layout.initialise(rng)
