/**
 * Draws a scene on a graphics card, without a window: three.js on Dawn (dawn.ts). The picture is that of the page and of
 * the ray caster (softRenderer.ts), but for rounding and edges; it is not the same to the bit from one card to the next.
 */
import type { PerspectiveCamera } from 'three'
import type { DirectRenderPipeline, NodeMaterial, RenderTarget, WebGPURenderer } from 'three/webgpu'
import { CarrotError, describeError } from '../core/errors.ts'
import type { SceneSpec } from '../core/scene.ts'
import { cameraNamed, FOV, type View, viewOf } from './camera.ts'
import { type Card, ON_CPU, openCard } from './dawn.ts'
import { hazeOf } from './look.ts'
import { checkPoses, checkSize, type RenderOptions } from './renderOptions.ts'
import type { ThreeScene } from './threeScene.ts'

export interface DawnOptions extends RenderOptions {
  /** Draw on a device in software too, for tests: it is many times slower than the ray caster. */
  readonly software?: boolean
}

/** Samples of a pixel where edges are smooth. */
const SAMPLES = 4
/** Nearest and farthest that is drawn, m. */
const NEAR = 0.01
const FAR = 1e5

interface Parts {
  readonly card: Card
  readonly three: ThreeScene
  readonly renderer: WebGPURenderer
  /** Draws what a picture shows, as displayed. */
  readonly pipeline: DirectRenderPipeline
  readonly eye: PerspectiveCamera
  readonly picture: RenderTarget
  /** Of `ids`: what is drawn on, and a material for each geom. */
  readonly marked: RenderTarget
  readonly marks: readonly NodeMaterial[]
  readonly clock: Clock
}

export class DawnRenderer implements AsyncDisposable {
  readonly scene: SceneSpec
  readonly width: number
  readonly height: number
  /** Name of the graphics card. */
  readonly card: string
  private readonly parts: Parts
  /** What went wrong on the card, which tells it later. */
  private fault: string | undefined

  /**
   * Throws CarrotError 'bad-argument' for sizes that are no picture, and 'unsupported' where a package or a graphics card
   * is missing.
   */
  static async open(scene: SceneSpec, options: DawnOptions): Promise<DawnRenderer> {
    const { width, height, software = false } = options
    checkSize(width, height)
    const card = await openCard(software)
    return new DawnRenderer(scene, width, height, await assemble(scene, options, card))
  }

  private constructor(scene: SceneSpec, width: number, height: number, parts: Parts) {
    this.scene = scene
    this.width = width
    this.height = height
    this.parts = parts
    this.card = parts.card.name
    parts.renderer.onError = error => this.fail(typeof error === 'string' ? error : describeError(error))
    parts.renderer.onDeviceLost = ({ message }) => this.fail(`It was lost. ${message}`)
  }

  /**
   * `poses` [bodies, 7] as an environment gives them, taken at once; `camera` by its name in the scene, or any view.
   * Resolves to RGBA [height, width, 4], row 0 on top. Ask for the next before this one is there: the card draws them in
   * turn. Rejects with CarrotError 'unknown-name' and 'bad-argument', and 'unsupported' when the card fails.
   */
  render(poses: Float32Array, camera: string | View): Promise<Uint8Array> {
    const { pipeline, three, picture } = this.parts
    return this.draw(poses, camera, picture, eye => pipeline.render(three.scene, eye))
  }

  /** Resolves to [height, width] index into the scene's geoms of what is seen first; -1 where that is the sky. */
  async ids(poses: Float32Array, camera: string | View): Promise<Int32Array> {
    const { renderer, three, marked, marks } = this.parts
    const bytes = await this.draw(poses, camera, marked, eye => {
      using _ = marking(three, marks)
      renderer.render(three.scene, eye)
    })
    const count = this.width * this.height
    return Int32Array.from({ length: count }, (_, i) => bytes[4 * i] + 256 * bytes[4 * i + 1] - 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { three, picture, marked, marks, renderer, card } = this.parts
    three.dispose()
    for (const owned of [picture, marked, ...marks]) owned.dispose()
    await renderer.dispose()
    card.device.destroy()
  }

  private async draw(
    poses: Float32Array,
    camera: string | View,
    target: RenderTarget,
    submit: (eye: PerspectiveCamera) => void,
  ): Promise<Uint8Array> {
    const { renderer, clock, eye } = this.parts
    checkPoses(this.scene, poses)
    this.look(poses, typeof camera === 'string' ? viewOf(cameraNamed(this.scene, camera), poses) : camera)
    clock.tick()
    try {
      renderer.setRenderTarget(target)
      submit(eye)
      const pixels = await renderer.readRenderTargetPixelsAsync(target, 0, 0, this.width, this.height)
      if (this.fault === undefined) return pixels as Uint8Array
    } catch (error) {
      this.fail(describeError(error as Error))
    }
    throw new CarrotError('unsupported', `${this.card} could not draw. ${this.fault}`, ON_CPU)
  }

  private look(poses: Float32Array, { position, target, up = [0, 0, 1], fov = FOV }: View): void {
    const { three, eye } = this.parts
    three.setPose(poses, 0, 0)
    three.centre({ x: target[0], y: target[1] })
    three.setDistance(Math.hypot(...target.map((t, k) => t - position[k])))
    eye.fov = (fov * 180) / Math.PI
    eye.updateProjectionMatrix()
    eye.up.set(...up)
    eye.position.set(...position)
    eye.lookAt(...target)
  }

  private fail(why: string): void {
    this.fault ??= why.trim() || 'Its driver does not say why.'
  }
}

/** Builds what is drawn and what is drawn on. */
async function assemble(scene: SceneSpec, options: DawnOptions, card: Card): Promise<Parts> {
  const { width, height, antialias = true, shadow = true } = options
  const THREE = await import('three/webgpu')
  const { displayed, mark, nodes } = await import('./threeNodes.ts')
  const { prepareRenderer, ThreeScene } = await import('./threeScene.ts')
  const clock = new Clock()
  const renderer = new THREE.WebGPURenderer({ canvas: canvas(width, height), device: card.device })
  await clock.during(() => renderer.init())
  prepareRenderer(renderer)
  renderer.shadowMap.enabled = shadow
  const three = new ThreeScene(scene, nodes)
  const haze = new THREE.Color().setRGB(...hazeOf(scene), THREE.LinearSRGBColorSpace)
  const pipeline = new THREE.DirectRenderPipeline(renderer, displayed(three.fog, haze))
  pipeline.outputColorTransform = false
  // The pipeline mixes haze in itself, as displayed.
  three.scene.fog = null
  const picture = new THREE.RenderTarget(width, height, { samples: antialias ? SAMPLES : 0 })
  renderer.setOutputRenderTarget(picture)
  return {
    card,
    three,
    renderer,
    pipeline,
    eye: new THREE.PerspectiveCamera(45, width / height, NEAR, FAR),
    picture,
    marked: new THREE.RenderTarget(width, height),
    marks: three.meshes.map((mesh, i) => mark(i + 1, mesh.material as InstanceType<typeof THREE.Material>)),
    clock,
  }
}

/** While it is held, every geom shows its own mark, and the sky nothing. */
function marking({ scene, meshes }: ThreeScene, marks: readonly NodeMaterial[]): Disposable {
  const sky = scene.getObjectByName('sky')
  const { background } = scene
  const painted = meshes.map(({ material }) => material)
  const show = (materials: readonly (typeof painted)[number][]) =>
    meshes.forEach((mesh, i) => {
      mesh.material = materials[i]
    })
  show(marks)
  scene.background = null
  if (sky !== undefined) sky.visible = false
  return {
    [Symbol.dispose]() {
      show(painted)
      scene.background = background
      if (sky !== undefined) sky.visible = true
    },
  }
}

/** three.js wants a canvas, which nothing is drawn on here. */
function canvas(width: number, height: number): HTMLCanvasElement {
  const nothing = () => {}
  const context = { configure: nothing, unconfigure: nothing }
  const style = {}
  const part = {
    width,
    height,
    style,
    addEventListener: nothing,
    removeEventListener: nothing,
    setAttribute: nothing,
  }
  return { ...part, getContext: () => context } as unknown as HTMLCanvasElement
}

/** three.js counts frames by a browser's clock, which ticks here when a picture is asked for. */
class Clock {
  private frame: ((time: number) => void) | undefined
  private readonly window = {
    requestAnimationFrame: (frame: (time: number) => void) => {
      this.frame = frame
      return 1
    },
    cancelAnimationFrame: () => {},
  }

  /** What `start` starts takes its time from this clock. */
  async during(start: () => Promise<unknown>): Promise<void> {
    const place = globalThis as { self?: unknown }
    const { self } = place
    place.self = this.window
    try {
      await start()
    } finally {
      if (self === undefined) delete place.self
      else place.self = self
    }
  }

  tick(): void {
    this.frame?.(performance.now())
  }
}
