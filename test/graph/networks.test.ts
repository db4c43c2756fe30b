/** Networks of every kind: what an ensemble gives, that they train, and alike on every executor. */
import { describe, expect, test as plainTest } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Executor } from '../../src/graph/executor.ts'
import { Graph } from '../../src/graph/graph.ts'
import { mlp, ParameterLayout } from '../../src/graph/layers.ts'
import { ensemble, layerNorm } from '../../src/graph/networks.ts'
import { difference, EXECUTORS, random, runWith } from './executors.ts'
import { autoencoder, type Model, textEncoder } from './models.ts'
import { evaluate, type Feeds } from './reference.ts'

/** Losses of `steps` steps on the same inputs. */
async function train(executor: Executor, { graph, params }: Model, inputs: Feeds, steps: number) {
  using session = await executor.compile(graph)
  session.writeState('params', params)
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    await runWith(session, inputs)
    losses.push(session.output('loss')[0])
  }
  return losses
}

const IMAGES = { N: 4, size: 16, channels: [6, 8, 6, 4], code: 5 } as const
const SENTENCES = [1, 2, 3, 0, 4, 5, 0, 0, 6, 7, 8, 9, 2, 1, 11, 10]
const TARGETS = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

for (const { name, executor, test } of EXECUTORS) {
  describe(name, () => {
    test('a convolutional autoencoder learns, as it does in float64', async () => {
      const model = autoencoder(IMAGES)
      const inputs = { images: random(4 * 3 * 16 * 16, 1, 0, 1), learningRate: [3e-3] }
      const losses = await train(executor, model, inputs, 60)
      const { outputs } = evaluate(model.graph, { ...inputs, params: model.params })
      expect(losses[0]).toBeCloseTo(outputs.loss[0], 5)
      expect(losses[59]).toBeLessThan(0.6 * losses[0])
    })

    test('a text encoder learns, as it does in float64', async () => {
      const model = textEncoder(4, 4)
      const inputs = { words: SENTENCES, targets: TARGETS, learningRate: [1e-2] }
      const losses = await train(executor, model, inputs, 60)
      const { outputs } = evaluate(model.graph, { ...inputs, params: model.params })
      expect(losses[0]).toBeCloseTo(outputs.loss[0], 5)
      expect(losses[59]).toBeLessThan(0.1 * losses[0])
    })

    test('an ensemble gives what its members give', async () => {
      const g = new Graph('ensemble')
      const layout = new ParameterLayout()
      const together = ensemble(layout, 'both', 2, [5, 7, 1], { activation: 'relu' })
      const alone = new ParameterLayout()
      const one = mlp(alone, 'one', [5, 7, 1], { activation: 'relu' })
      const x = g.input('x', [6, 5])
      const params = g.state('params', [layout.size])
      const blocks = layout.tensors(params)
      const values = together(x, blocks)
      g.output('both', values)
      for (const member of [0, 1]) {
        const own = Object.fromEntries(
          alone.blocks.map(({ name: block, shape }) => [
            block,
            blocks[block.replace('one', 'both')].slice(0, member, member + 1).reshape(shape),
          ]),
        )
        g.output(`member ${member}`, one(x, own))
        const [d] = g.grad(one(x, own).square().sum(), [params])
        g.output(`gradient ${member}`, d)
      }
      g.output('gradient', g.grad(values.square().sum(), [params])[0])
      using session = await executor.compile(g)
      session.writeState('params', layout.initialise(new Rng(3, STREAM.init)))
      await runWith(session, { x: random(30, 2) })
      const both = session.output('both')
      for (const member of [0, 1])
        expect(
          difference(session.output(`member ${member}`), both.subarray(6 * member, 6 * member + 6)),
        ).toBeLessThan(1e-6)
      const [first, second] = [session.output('gradient 0'), session.output('gradient 1')]
      const sum = first.map((value, i) => value + second[i])
      expect(difference(session.output('gradient'), sum)).toBeLessThan(1e-5)
    })
  })
}

plainTest(
  'members of an ensemble start apart, and layer normalisation starts as the identity of what is normal',
  () => {
    const layout = new ParameterLayout()
    ensemble(layout, 'e', 3, [4, 4, 1], { activation: 'tanh' })
    layerNorm(layout, 'n', 4)
    const views = layout.views(layout.initialise(new Rng(1, STREAM.init)))
    const weight = views['e.0.weight']
    expect(weight.length).toBe(3 * 16)
    expect(weight.subarray(0, 16)).not.toEqual(weight.subarray(16, 32))
    expect([...views['n.gain'], ...views['n.bias']]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
  },
)
