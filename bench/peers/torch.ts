/** Updates in PyTorch, driven line by line in a Python process. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { joined, type Times, type UpdateCase, type Updater } from '../updateCase.ts'

/** Where a Python with PyTorch is looked for; the last is Debian's own, which other installations hide. */
export const PYTHONS = ['python3', 'python', '/usr/bin/python3']

/** The first Python that has PyTorch, or undefined. */
export function findTorch(): string | undefined {
  return PYTHONS.find(python => spawnSync(python, ['-c', 'import torch']).status === 0)
}

const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }

const base64 = (data: Float32Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')

export interface TorchUpdater extends Updater {
  readonly version: string
  /** Of a 256×256 matrix product, GFLOP/s. */
  readonly productSpeed: number
}

export async function torchUpdater(python: string, one: UpdateCase): Promise<TorchUpdater> {
  const peer = new Peer(python, one.script)
  const batch = Object.entries(one.batch).map(([name, data]) => [name, base64(data)])
  const about = await peer.ask<{ version: string; productSpeed: number }>({
    ...one.setup,
    params: base64(joined(Object.values(one.states))),
    batch: Object.fromEntries(batch),
  })
  let figures: Record<string, number> = {}
  return {
    ...about,
    async update(updates, learningRate) {
      const answer = await peer.ask<Times & { figures: Record<string, number> }>({ updates, learningRate })
      figures = answer.figures
      return answer
    },
    async params() {
      const { params } = await peer.ask<{ params: string }>({ params: true })
      const bytes = Uint8Array.from(Buffer.from(params, 'base64'))
      return new Float32Array(bytes.buffer)
    },
    figures: () => figures,
    [Symbol.dispose]: () => peer.close(),
  }
}

/** One question and one answer at a time, each a line of JSON. */
class Peer {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly answers: AsyncIterator<string>
  private complaint = ''

  constructor(python: string, script: string) {
    const file = fileURLToPath(new URL(script, import.meta.url))
    this.child = spawn(python, [file], { env: { ...process.env, ...ONE_THREAD } })
    this.child.stderr.on('data', text => {
      this.complaint += text
    })
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  async ask<T>(question: object): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.answers.next()
    if (done) throw new Error(`The PyTorch peer stopped: ${this.complaint}`)
    return JSON.parse(value)
  }

  close(): void {
    this.child.stdin.end()
  }
}
