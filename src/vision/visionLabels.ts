/** The label sources that a program's vision terms ask for, opened when they are first needed. */
import type { RewardProgram } from '../core/reward.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { VisionRequest } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import { Looker } from './looker.ts'
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
  private readonly lookers = new Map<string, Promise<Looker>>()
  private readonly opened = new Map<string, Promise<VisionSource>>()

  /** `workers` threads render and encode, for each model. */
  constructor(scene: SceneSpec, workers: number) {
    this.scene = scene
    this.workers = workers
  }

  /** Of a program's terms, in their order. Rejects with CarrotError where a model or a camera is missing. */
  sources(program: RewardProgram): Promise<readonly LabelSource[]> {
    return Promise.all(visionRequests(program).map(request => this.source(request)))
  }

  looker(model: string): Promise<Looker> {
    let looker = this.lookers.get(model)
    if (looker === undefined) {
      looker = Looker.open(this.scene, model, this.workers)
      this.lookers.set(model, looker)
    }
    return looker
  }

  /** One for equal requests: dials change what is made of labels, and not the labels. */
  private source(request: VisionRequest): Promise<VisionSource> {
    const { dials: _, shape: __, ...decisive } = request
    const key = JSON.stringify(decisive)
    let source = this.opened.get(key)
    if (source === undefined) {
      source = this.looker(request.model).then(looker => VisionSource.open(request, looker))
      this.opened.set(key, source)
    }
    return source
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lookers = await Promise.allSettled(this.lookers.values())
    await Promise.all(
      lookers.flatMap(looker => (looker.status === 'fulfilled' ? [looker.value[Symbol.asyncDispose]()] : [])),
    )
  }
}
