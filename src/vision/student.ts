/**
 * Learns what a vision-language model said of looked-at states from their observations, so that most states need not be
 * rendered: a multilayer perceptron fitted by Adam to the labels of the last few batches.
 *
 * Shapes: O observation, K similarities of a state, M minibatch rows, P parameters.
 */
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { SyncSession } from '../graph/executor.ts'
import { Graph } from '../graph/graph.ts'
import { adam, mlp, ParameterLayout } from '../graph/layers.ts'
import { wasmExecutor } from '../graph/wasm.ts'
import { ObsNormaliser } from '../learn/normalize.ts'

export interface StudentShape {
  readonly obsSize: number
  /** K */
  readonly outputs: number
  readonly seed: number
}

const HIDDEN = [128, 128]
/** Labelled states kept; older ones are of policies long gone. */
const KEPT = 16_384
const MINIBATCH = 256
/** Gradient steps a batch. */
const STEPS = 64
const LEARNING_RATE = 1e-3
/** Labelled states before it is worth asking. */
const LEAST = 512

type Saved = Readonly<Record<string, TensorData>>
const STATES = ['params', 'adam/m', 'adam/v', 'adam/t']

export class Student {
  private readonly shape: StudentShape
  private readonly fitting: SyncSession
  private readonly asking: SyncSession
  private readonly normaliser: ObsNormaliser
  /** [K], of the labels that are kept. */
  private readonly mean: Float64Array
  private readonly spread: Float64Array
  /** Rings of labelled states. */
  private readonly obs: Float32Array
  private readonly targets: Float64Array
  /** Labelled states there ever were, and gradient steps made. */
  private taken = 0
  private steps = 0

  constructor(shape: StudentShape) {
    const { obsSize, outputs, seed } = shape
    const { layout, fit, ask } = graphsOf(obsSize, outputs)
    const executor = wasmExecutor()
    this.shape = shape
    this.fitting = executor.compileSync(fit)
    this.asking = executor.compileSync(ask)
    this.fitting.writeState('params', layout.initialise(new Rng(seed, STREAM.init)))
    this.normaliser = new ObsNormaliser(obsSize, true)
    this.mean = new Float64Array(outputs)
    this.spread = new Float64Array(outputs).fill(1)
    this.obs = new Float32Array(KEPT * obsSize)
    this.targets = new Float64Array(KEPT * outputs)
  }

  /** It has seen enough to be asked. */
  get ready(): boolean {
    return this.taken >= LEAST
  }

  /** `obs` [rows, O] and what was said of them, `targets` [rows, K]; then some steps on all that is kept. */
  learn(obs: Float32Array, targets: Float64Array): void {
    const { obsSize: O, outputs: K } = this.shape
    const rows = targets.length / K
    this.normaliser.learn(obs, rows)
    for (let row = 0; row < rows; row++) {
      const slot = this.taken++ % KEPT
      this.obs.set(obs.subarray(row * O, (row + 1) * O), slot * O)
      this.targets.set(targets.subarray(row * K, (row + 1) * K), slot * K)
    }
    this.measure()
    if (this.ready) for (let step = 0; step < STEPS; step++) this.step()
  }

  /** [rows, O] → [rows, K] */
  ask(obs: Float32Array): Float64Array {
    const { obsSize: O, outputs: K } = this.shape
    const rows = obs.length / O
    const out = new Float64Array(rows * K)
    const input = this.asking.input('obs')
    this.asking.writeState('params', this.fitting.readState('params'))
    for (let first = 0; first < rows; first += MINIBATCH) {
      const here = Math.min(MINIBATCH, rows - first)
      input.fill(0).set(obs.subarray(first * O, (first + here) * O))
      this.normaliser.apply(input, input)
      this.asking.run()
      const answers = this.asking.output('answer')
      for (let i = 0; i < here * K; i++)
        out[first * K + i] = answers[i] * this.spread[i % K] + this.mean[i % K]
    }
    return out
  }

  private step(): void {
    const { obsSize: O, outputs: K, seed } = this.shape
    const rng = new Rng(seed, STREAM.shuffle)
    rng.seek(this.steps++ * MINIBATCH)
    const inputs = this.fitting.input('obs')
    const wanted = this.fitting.input('target')
    const kept = Math.min(this.taken, KEPT)
    for (let m = 0; m < MINIBATCH; m++) {
      const row = rng.below(kept)
      inputs.set(this.obs.subarray(row * O, (row + 1) * O), m * O)
      for (let k = 0; k < K; k++) {
        wanted[m * K + k] = (this.targets[row * K + k] - this.mean[k]) / this.spread[k]
      }
    }
    this.normaliser.apply(inputs, inputs)
    this.fitting.input('learningRate')[0] = LEARNING_RATE
    this.fitting.run()
  }

  /** Similarities differ by little and lie far from zero: the network learns them in units of their own spread. */
  private measure(): void {
    const K = this.shape.outputs
    const kept = Math.min(this.taken, KEPT)
    if (kept === 0) return
    for (let k = 0; k < K; k++) {
      let sum = 0
      for (let row = 0; row < kept; row++) sum += this.targets[row * K + k]
      const mean = sum / kept
      let squares = 0
      for (let row = 0; row < kept; row++) squares += (this.targets[row * K + k] - mean) ** 2
      this.mean[k] = mean
      // What never changes is its mean.
      this.spread[k] = Math.sqrt(squares / kept) || 1
    }
  }

  /** Everything that the next batch depends on. */
  save(): Record<string, TensorData> {
    const { obsSize: O, outputs: K } = this.shape
    const kept = Math.min(this.taken, KEPT)
    return {
      ...Object.fromEntries(STATES.map(name => [name, this.fitting.readState(name)])),
      counts: Float64Array.of(this.taken, this.steps),
      normaliser: this.normaliser.save(),
      obs: this.obs.slice(0, kept * O),
      targets: this.targets.slice(0, kept * K),
    }
  }

  load(saved: Saved): void {
    for (const name of STATES) this.fitting.writeState(name, saved[name])
    ;[this.taken, this.steps] = saved.counts
    this.normaliser.load(saved.normaliser as Float64Array)
    this.obs.set(saved.obs)
    this.targets.set(saved.targets)
    this.measure()
  }
}

/** One gradient step as a graph, and an answer as another. Inputs: obs [M, O] (normalised), target [M, K], learningRate []. */
function graphsOf(O: number, K: number) {
  const layout = new ParameterLayout()
  const network = mlp(layout, 'student', [O, ...HIDDEN, K], { activation: 'tanh' })
  const fit = new Graph('student-fit')
  const params = fit.state('params', [layout.size])
  const answer = network(fit.input('obs', [MINIBATCH, O]), layout.tensors(params))
  const loss = answer
    .sub(fit.input('target', [MINIBATCH, K]))
    .square()
    .mean()
  const [gradient] = fit.grad(loss, [params])
  adam(fit, params, gradient, fit.input('learningRate', []))
  fit.output('loss', loss)
  const ask = new Graph('student-ask')
  const known = ask.state('params', [layout.size])
  ask.output('answer', network(ask.input('obs', [MINIBATCH, O]), layout.tensors(known)))
  return { layout, fit, ask }
}
