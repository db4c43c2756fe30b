/**
 * Tries one execution provider of onnxruntime-node on a tiny graph and prints `{works, reason}`. A process of its own,
 * started by doctor.ts: drivers print to standard error, may hang, and may abort.
 */
import { Graph } from './graph/graph.ts'
import { onnxModel } from './graph/onnx.ts'

/** Numbers in the trial; enough for more than one workgroup. */
const SIZE = 1024

async function probe(provider: string): Promise<{ works: boolean; reason: string }> {
  const graph = new Graph('probe')
  graph.output('y', graph.input('x', [SIZE]).mul(2).add(1))
  const runtime = await import('onnxruntime-node')
  const session = await runtime.InferenceSession.create(onnxModel(graph), { executionProviders: [provider] })
  const x = Float32Array.from({ length: SIZE }, (_, i) => i / 8)
  const { y } = await session.run({ x: new runtime.Tensor('float32', x, [SIZE]) })
  const works = x.every((value, i) => (y.data as Float32Array)[i] === 2 * value + 1)
  return {
    works,
    reason: works ? 'A trial computation gave the right answer.' : 'A trial computation gave wrong numbers.',
  }
}

/** The sentence that matters: onnxruntime puts its C++ source position and the failed condition in front. */
const firstLine = (error: unknown): string => {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
  return `${line.replace(/^.* was false\. /, '').replace(/\.$/, '')}.`
}

const result = await probe(process.argv[2]).catch(error => ({ works: false, reason: firstLine(error) }))
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
