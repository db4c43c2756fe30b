/** The label sources that a program's vision terms ask for, opened when they are first needed. */
import type { RewardProgram } from '../core/reward.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { VisionRequest } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import type { RendererName } from '../render/drawing.ts'
import { DistilledSource } from './distilledSource.ts'
import { Looker } from './looker.ts'
import { Sight } from './sight.ts'
import { rowsLooked, VisionSource } from './visionSource.ts'

/** What the terms of a program ask for. */
export const visionRequests = ({ terms }: RewardProgram): readonly VisionRequest[] =>
  terms.flatMap(({ vision }) => (vision === undefined ? [] : [vision]))

/** Of N environments, those whose poses the program's labels need. */
export const rowsNeeded = (program: RewardProgram, N: number): number =>
  Math.max(0, ...visionRequests(program).map(request => rowsLooked(request, N)))

export class VisionLabels implements AsyncDisposable {
  private readonly scene: SceneSpec
  private readonly workers: number
  private readonly seed: number
  private readonly renderer: RendererName
  private readonly lookers = new Map<string, Promise<Looker>>()
  private readonly opened = new Map<string, Promise<LabelSource>>()
  private readonly distilled: DistilledSource[] = []

  /** `workers` threads render and encode, for each model; `seed` is of what is learned from labels. */
  constructor(scene: SceneSpec, workers: number, seed: number, renderer: RendererName = 'soft') {
    this.scene = scene
    this.workers = workers
    this.seed = seed
    this.renderer = renderer
  }

  /** Of a program's terms, in their order. Rejects with CarrotError where a model or a camera is missing. */
  sources(program: RewardProgram): Promise<readonly LabelSource[]> {
    return Promise.all(visionRequests(program).map(request => this.source(request)))
  }

  /** The same, but every label is looked at and none is learned: what evaluations are paid. */
  trueSources({ terms, ...program }: RewardProgram): Promise<readonly LabelSource[]> {
    const looking = terms.map(term =>
      term.vision === undefined ? term : { ...term, vision: { ...term.vision, share: 1, distil: false } },
    )
    return this.sources({ ...program, terms: looking })
  }

  /** What students know, by name; for checkpoints. */
  async save(): Promise<Record<string, TensorData>> {
    const parts = await Promise.all(
      this.distilled.map(async (source, i) =>
        Object.entries(await source.save()).map(([name, tensor]) => [`${i}/${name}`, tensor] as const),
      ),
    )
    return Object.fromEntries(parts.flat())
  }

  /** Of a program whose sources have been opened. */
  load(saved: Readonly<Record<string, TensorData>>): void {
    this.distilled.forEach((source, i) => {
      const own = Object.entries(saved).filter(([name]) => name.startsWith(`${i}/`))
      source.load(Object.fromEntries(own.map(([name, tensor]) => [name.slice(`${i}/`.length), tensor])))
    })
  }

  looker(model: string): Promise<Looker> {
    let looker = this.lookers.get(model)
    if (looker === undefined) {
      looker = Looker.open(this.scene, model, this.workers, this.renderer)
      this.lookers.set(model, looker)
    }
    return looker
  }

  /** One for equal requests: dials change what is made of labels, and not the labels. */
  private source(request: VisionRequest): Promise<LabelSource> {
    const { dials: _, shape: __, ...decisive } = request
    const key = JSON.stringify(decisive)
    let source = this.opened.get(key)
    if (source === undefined) {
      source = this.open(request)
      this.opened.set(key, source)
    }
    return source
  }

  private async open(request: VisionRequest): Promise<LabelSource> {
    const sight = await Sight.open(request, await this.looker(request.model))
    if (!request.distil) return new VisionSource(request, sight)
    const source = new DistilledSource(request, sight, this.seed)
    this.distilled.push(source)
    return source
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.distilled.map(source => source[Symbol.asyncDispose]()))
    const lookers = await Promise.allSettled(this.lookers.values())
    await Promise.all(
      lookers.flatMap(looker => (looker.status === 'fulfilled' ? [looker.value[Symbol.asyncDispose]()] : [])),
    )
  }
}
