/** Goes on somewhere else when a GPU is lost: sessions move to another executor, with the states that were last at home. */
import { CarrotError } from '../core/errors.ts'
import type { Executor, Session } from './executor.ts'
import type { Graph } from './graph.ts'

/**
 * Runs graphs on `primary` until a run there fails with CarrotError 'device-lost', then on `fallback`. What was not
 * settled is lost: the gradient steps since. `onLost` is told, once.
 */
export function withFallback(
  primary: Executor,
  fallback: Executor,
  onLost: (message: string) => void,
): Executor {
  let lost = false
  const lose = (error: CarrotError): void => {
    if (!lost) onLost(`${error.message} Learning goes on with ${fallback.name}, from its last settled state.`)
    lost = true
  }
  return {
    name: primary.name,
    compile: async graph => {
      if (lost) return fallback.compile(graph)
      return new FallbackSession(graph, await primary.compile(graph), fallback, lose)
    },
  }
}

class FallbackSession implements Session {
  private readonly graph: Graph
  private readonly fallback: Executor
  private readonly lose: (error: CarrotError) => void
  private session: Session
  /** Inputs stay the same arrays, whatever runs them. */
  private readonly inputs: ReadonlyMap<string, Float32Array>
  /** States as they were last written or settled. */
  private readonly states = new Map<string, Float32Array>()
  private moved = false

  constructor(graph: Graph, session: Session, fallback: Executor, lose: (error: CarrotError) => void) {
    this.graph = graph
    this.session = session
    this.fallback = fallback
    this.lose = lose
    this.inputs = new Map([...graph.inputs.keys()].map(name => [name, session.input(name)]))
  }

  input(name: string): Float32Array {
    return this.inputs.get(name) ?? this.session.input(name)
  }

  async run(): Promise<void> {
    if (this.moved) this.copyInputs()
    await this.guarded(() => this.session.run())
  }

  async settle(): Promise<void> {
    await this.guarded(() => this.session.settle())
    if (this.moved) return
    for (const name of this.graph.states.keys()) this.states.set(name, this.session.readState(name))
  }

  /** Does it, or, when that loses the device, runs the graph where the states are kept. */
  private async guarded(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.moved || !(error instanceof CarrotError) || error.code !== 'device-lost') throw error
      this.lose(error)
      const broken = this.session
      this.session = await this.fallback.compile(this.graph)
      for (const [name, data] of this.states) this.session.writeState(name, data)
      this.moved = true
      broken.dispose()
      this.copyInputs()
      await this.session.run()
    }
  }

  private copyInputs(): void {
    for (const [name, data] of this.inputs) this.session.input(name).set(data)
  }

  output(name: string): Float32Array {
    return this.session.output(name)
  }
  readState(name: string): Float32Array {
    return this.session.readState(name)
  }
  writeState(name: string, data: ArrayLike<number>): void {
    this.session.writeState(name, data)
    if (!this.moved) this.states.set(name, Float32Array.from(data))
  }
  dispose(): void {
    this.session.dispose()
  }
  [Symbol.dispose](): void {
    this.dispose()
  }
}
