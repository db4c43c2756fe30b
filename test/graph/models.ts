/** Update graphs of networks that images and sentences need, at any size: for tests of executors. */
import { Rng, STREAM } from '../../src/core/rng.ts'
import { selu, softmax } from '../../src/graph/functions.ts'
import { Graph, type Tensor } from '../../src/graph/graph.ts'
import { adam, ParameterLayout } from '../../src/graph/layers.ts'
import { convolution, embedding, linear, spreading, transformerBlock } from '../../src/graph/networks.ts'

export interface Model {
  readonly graph: Graph
  readonly params: Float32Array
}

function trained(
  name: string,
  layout: ParameterLayout,
  loss: (blocks: ReturnType<ParameterLayout['tensors']>, g: Graph) => Tensor,
): Model {
  const graph = new Graph(name)
  const params = graph.state('params', [layout.size])
  const value = loss(layout.tensors(params), graph)
  adam(graph, params, graph.grad(value, [params])[0], graph.input('learningRate', []))
  graph.output('loss', value)
  return { graph, params: layout.initialise(new Rng(1, STREAM.init)) }
}

/** x above 0, eˣ − 1 below (Clevert et al., 2016). */
const elu = (x: Tensor): Tensor => x.relu().add(x.min(0).exp().sub(1))

/**
 * The convolutional autoencoder of TAXONS-like exploration: four convolutions that halve the image, a code, and the way
 * back; SELU, and ReLU last. Input images [N, 3, size, size], size a multiple of 16. `smooth`: ELU and nothing in their
 * place, so that the derivative of the loss jumps nowhere.
 */
export function autoencoder({ N, size, channels, code, smooth = false }: Sizes): Model {
  const act = smooth ? elu : selu
  const layout = new ParameterLayout()
  const [a, b, c, d] = channels
  const halve = { kernel: 4, stride: 2, pad: 1 }
  const pairs = [3, a, b, c].map((from, i) => [from, channels[i]] as const)
  const down = pairs.map((pair, i) => convolution(layout, `down${i}`, { channels: pair, ...halve }))
  const flat = d * (size / 16) ** 2
  const encode = linear(layout, 'encode', flat, code)
  const decode = linear(layout, 'decode', code, flat)
  const back = [d, c, b, a].map((from, i) => [from, [c, b, a, 3][i]] as const)
  const up = back.map((pair, i) => spreading(layout, `up${i}`, { channels: pair, ...halve }))
  return trained('autoencoder', layout, (blocks, g) => {
    const images = g.input('images', [N, 3, size, size])
    const encoded = down.reduce((x, layer) => act(layer(x, blocks)), images)
    const latent = act(encode(encoded.reshape([N, flat]), blocks))
    const start = act(decode(latent, blocks)).reshape([N, d, size / 16, size / 16])
    const wide = up.slice(0, 3).reduce((x, layer) => act(layer(x, blocks)), start)
    const drawn = up[3](wide, blocks)
    return (smooth ? drawn : drawn.relu()).sub(images).square().mean()
  })
}

interface Sizes {
  readonly N: number
  readonly size: number
  readonly channels: readonly [number, number, number, number]
  readonly code: number
  readonly smooth?: boolean
}

/** Sizes of STAX's autoencoder, with one image in place of 128. */
export const PAPER: Sizes = { N: 1, size: 64, channels: [32, 64, 32, 16], code: 10 }

/** A small text encoder that learns to tell two of four words: input words [N, T], targets [N, 4] (1 at the right one). */
export function textEncoder(N: number, T: number): Model {
  const width = 8
  const layout = new ParameterLayout()
  const words = embedding(layout, 'words', 12, width)
  const places = embedding(layout, 'places', T, width)
  const block = transformerBlock(layout, 'block', { width, heads: 2 })
  const out = linear(layout, 'out', width, 4)
  return trained('text-encoder', layout, (blocks, g) => {
    const ids = g.input('words', [N, T])
    const order = g.constant(Float32Array.from({ length: T }, (_, i) => i))
    // Word 0 fills up; nothing looks at it.
    const mask = ids.greater(0.5).sub(1).mul(1e9).reshape([N, 1, 1, T])
    const x = words(ids, blocks).mul(50).add(places(order, blocks))
    const pooled = block(x, blocks, mask).mean([1])
    return softmax(out(pooled, blocks), 1)
      .add(1e-6)
      .log()
      .mul(g.input('targets', [N, 4]))
      .sum()
      .mul(-1 / N)
  })
}
