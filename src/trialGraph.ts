/** A gradient step as large as a learner's: what executors are timed with before one is chosen. */
import { Graph } from './graph/graph.ts'
import { adam, mlp, ParameterLayout } from './graph/layers.ts'

export interface TrialSizes {
  readonly rows: number
  readonly inputs: number
  readonly hidden: readonly number[]
  readonly outputs: number
}

/** Regression with two networks, as an actor and a critic, and Adam. Inputs x, y and learningRate; output loss. */
export function trialGraph({ rows, inputs, hidden, outputs }: TrialSizes): Graph {
  const g = new Graph('trial')
  const layout = new ParameterLayout()
  const networks = [0, 1].map(i =>
    mlp(layout, `network${i}`, [inputs, ...hidden, outputs], { activation: 'relu' }),
  )
  const params = g.state('params', [layout.size])
  const blocks = layout.tensors(params)
  const x = g.input('x', [rows, inputs])
  const y = g.input('y', [rows, outputs])
  const [first, second] = networks.map(network => network(x, blocks).sub(y).square().mean())
  const loss = first.add(second)
  adam(g, params, g.grad(loss, [params])[0], g.input('learningRate', []))
  g.output('loss', loss)
  return g
}
